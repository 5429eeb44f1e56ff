"""A small office for tests of screens: a real encrypted store with a few people and cases, behind real doors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from almoner.casework.attempts import record_attempt
from almoner.casework.cases import log_case, record_answer
from almoner.casework.notes import add_note
from almoner.casework.ports import Desk
from almoner.casework.residents import add_person, join_household, set_safe_contact
from almoner.casework.tasks import add_task
from almoner.desktop.backs import StoreBacks
from almoner.desktop.commands import Commands
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.printing import PretendPaperwork
from almoner.desktop.screen import Around, Screen, Target
from almoner.desktop.workbench import Network, Work
from almoner.outside.clock import PretendClock
from almoner.records import Case, Person
from almoner.records.events import AttemptResult, Method
from almoner.records.people import Channel, Format
from almoner.records.trouble import Trouble
from almoner.store.opening import Store
from almoner.store.reading import Reading
from tests.desks import A1_MORNING, Bench
from tests.desktop.pretend import delete, raise_it

T = TypeVar("T")

MASTER = bytes(range(32))
RESIDENTS = (
    ("Emeka Miah", "167 Alder Road", "AS1 2BB"),
    ("Mei Quinn", "55 Alder Road", "AS1 2BD"),
    ("Sunita Nowak", "16 Beech Grove", "AS2 6RT"),
    ("Grace Griffiths", "96 Chapel Lane", "AS3 1LN"),
    ("Gareth Patel", "175 Tannery Court", "AS4 2QX"),
)


@dataclass
class Office:
    """Everything a screen is given, and what it asked for. `people` and `cases` are by name of the person."""

    theme: Theme
    doors: Doors
    desk: Desk
    clock: PretendClock
    store: Store
    commands: Commands
    network: Network
    paperwork: PretendPaperwork
    people: dict[str, Person]
    cases: dict[str, Case]
    went: list[Target] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    badges: dict[str, int] = field(default_factory=dict)
    _open: list[QWidget] = field(default_factory=list)

    @property
    def around(self) -> Around:
        """What the shell would give a screen."""
        return Around(
            theme=self.theme,
            doors=self.doors,
            commands=self.commands,
            work=Work(desk=self.desk, network=self.network, paperwork=self.paperwork),
            go=self.went.append,
            back=lambda: self.went.append(Target("back")),
            trouble=self.troubles.append,
            say=lambda words, _undo=None: self.said.append(words),
            badge=self.badges.__setitem__,
        )

    def open(self, make: Callable[[Around], Screen], size: tuple[int, int] = (1220, 850)) -> Screen:
        """Make a screen and show it as the shell would; changes reach it like in the window."""
        screen = make(self.around)
        self._open.append(screen)
        screen.resize(*size)
        screen.fit(screen.room)
        screen.show()
        screen.activateWindow()
        screen.shown()
        self.doors.touched.connect(lambda kinds: self._touched(screen, kinds))
        return screen

    def _touched(self, screen: Screen, kinds: frozenset[str]) -> None:
        """Tell a screen what changed, as the window does."""
        if kinds & screen.shows and not self.doors.is_stopped:
            screen.refresh(kinds & screen.shows)

    def look(self, query: Callable[[Reading], T]) -> T:
        """Read the store directly."""
        return self.store.look(query)

    def close(self) -> None:
        """Put everything away."""
        self.doors.stop()
        for widget in self._open:
            delete(widget)
        self.store.close()


def _settle_in(bench: Bench) -> tuple[dict[str, Person], dict[str, Case]]:
    """Let people and cases come to be: Comfort's damp case is the one of the story, Nadia must be reached safely."""
    home: dict[str, Any] = {"line_1": "14B Tarn Court", "town": "Ashmere", "postcode": "AS1 4QT"}
    people = {
        "Comfort": bench.do(
            add_person, full_name="Comfort Adjei", date_of_birth="1991-03-08", addresses=[home],
            contact_points=[(Channel.PHONE, "07700 900123")], language_spoken="English, Twi",
            letter_format=Format.LARGE_PRINT, print_points=20,
        ),
        "Kwame": bench.do(
            add_person, full_name="Kwame Adjei", date_of_birth="2023-05", support_needs=("Asthma",), addresses=[home]
        ),
        "Nadia": bench.do(
            add_person, full_name="Nadia Hussain", date_of_birth="1988-11-02",
            addresses=[
                {"line_1": "Flat 3, 47 Wharf Road", "town": "Ashmere", "postcode": "AS2 8LQ", "confidential": True}
            ],
            contact_points=[(Channel.PHONE, "07700 900417")],
        ),
    }  # fmt: skip
    bench.do(join_household, people["Kwame"].id, people["Comfort"].id, relationship="Son")
    bench.do(
        set_safe_contact, people["Nadia"].id, reason="Does not want her husband to know.",
        never_by=("phone", "post"), safe_hours="weekdays 9:30 to 14:30",
    )  # fmt: skip
    for name, line_1, postcode in RESIDENTS:
        people[name] = bench.do(
            add_person, full_name=name, addresses=[{"line_1": line_1, "town": "Ashmere", "postcode": postcode}]
        )
    return people, _cases(bench, people)


def _cases(bench: Bench, people: dict[str, Person]) -> dict[str, Case]:
    now, cases = A1_MORNING, {}
    for days, (name, line_1, postcode) in zip((24, 16, 14, 9, 6), RESIDENTS, strict=True):
        bench.clock.set(now - timedelta(days=days))
        cases[name] = bench.do(
            log_case, service="damp-and-mould", case_kind="potential-significant-hazard",
            title="Damp and mould report", subject_id=people[name].id, place=f"{line_1}, {postcode}",
            answers={"tenure": "secure"},
        ).case  # fmt: skip
    bench.clock.set(now - timedelta(days=1))
    cases["Nadia"] = bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", title="Mould behind the wardrobe",
        subject_id=people["Nadia"].id, owner_id=bench.desk.me.id,
    ).case  # fmt: skip
    bench.clock.set(now - timedelta(minutes=40))
    cases["Comfort"] = bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard",
        title="Black mould in child's bedroom",
        summary="Black mould in her son's bedroom. He is 3 and has asthma. Not judged imminent.",
        subject_id=people["Comfort"].id, household_ids=(people["Kwame"].id,), owner_id=bench.desk.me.id,
        answers={"tenure": "secure", "rooms": "child-bedroom", "risks": "under-5,asthma-copd"},
        place="14B Tarn Court, AS1 4QT",
    ).case  # fmt: skip
    case_id = cases["Comfort"].id
    bench.clock.set(now - timedelta(minutes=20))
    bench.do(
        record_attempt,
        case_id,
        method=Method.PHONE,
        result=AttemptResult.MESSAGE_LEFT,
        evidence="Asked her to ring back.",
    )
    bench.clock.set(now - timedelta(minutes=5))
    bench.do(
        add_note, case_id,
        "Damp has spread to the back bedroom. Her son uses his inhaler every night. She is out until 2pm on Thursdays.",
        heading="Spoke to Ms Adjei",
    )  # fmt: skip
    bench.do(record_answer, case_id, "extent", "several-rooms")
    bench.do(add_task, case_id, "Ring the surveyor about Tarn Court", do_by=now.date())
    bench.clock.set(now)
    return cases


@contextmanager
def open_office(theme: Theme, folder: Path) -> Iterator[Office]:
    """Make the office and close it again."""
    bench = Bench(folder, A1_MORNING - timedelta(days=30))
    people, cases = _settle_in(bench)
    bench.close()
    store = Store.open(folder, MASTER)
    doors = Doors(StoreBacks(store, author=bench.desk.me.id, clock=bench.clock), presenter=raise_it, on_bug=raise_it)
    office = Office(
        theme=theme,
        doors=doors,
        desk=bench.desk,
        clock=bench.clock,
        store=store,
        commands=Commands(),
        network=Network(),
        paperwork=PretendPaperwork(folder.parent / "papers"),
        people=people,
        cases=cases,
    )
    try:
        yield office
    finally:
        office.close()

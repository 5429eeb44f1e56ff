"""Nonsense in any field: kept as it was typed where it harms nothing, else refused by name; never half-written."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.desks import A1_MORNING, Bench

from almoner.casework.attempts import record_attempt
from almoner.casework.cases import log_case, move_case, record_answer
from almoner.casework.letters import draft_letter
from almoner.casework.notes import add_note
from almoner.casework.residents import add_address, add_contact_point, add_person, change_person, set_safe_contact
from almoner.casework.tasks import add_task
from almoner.casework.visits import book_visit
from almoner.records import RECORDS, Case
from almoner.records.events import AttemptResult, Method
from almoner.records.people import Channel
from almoner.records.trouble import Trouble
from almoner.store.outbox import next_batch, unsent_count
from almoner.store.search import search
from almoner.store.timeline import timeline
from almoner.sync.messages import Push, pack

NONSENSE = {
    "nothing": "",
    "space": " \t\n ",
    "no character": "a\x00b",
    "half a character": "\ud800",
    "a bell": "\x07",
    "right to left": "\u202eevil",
    "joined marks": "e" + "\u0301" * 500,
    "endless": "x" * 300_000,
    "many lines": "a\n" * 5_000,
    "a formula": "=cmd|' /C calc'!A0",
    "a query": "'; DROP TABLE people; --",
    "markup": "<b>&amp;</b><script>",
    "faces": "👩‍👩‍👧‍👦🏳️‍🌈",
    "beyond unicode's plain": "\U0010ffff",
    "figures": "00000000000000000000",
    "a path": "../../../etc/passwd",
    "blanks of a letter": "{{full_name}} {0} %s",
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "store")
    yield bench
    bench.close()


@pytest.fixture
def person_id(bench: Bench) -> str:
    return bench.do(add_person, full_name="Lena Marsh", addresses=[{"line_1": "9 Hob Lane", "postcode": "AS2 1RR"}]).id


@pytest.fixture
def case(bench: Bench, person_id: str) -> Case:
    logged = bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", subject_id=person_id,
        answers={"tenure": "secure"},
    )  # fmt: skip
    assert isinstance(logged.case, Case)
    return logged.case


def _all(bench: Bench) -> dict[str, Any]:
    """Everything kept, and how much of it waits to be sent."""
    kept = {record.kind: bench.look(lambda r, record=record: r.all_of(record)) for record in RECORDS}
    return kept | {"unsent": bench.look(unsent_count)}


def _told(action: Callable[[], Any]) -> Trouble | None:
    try:
        action()
    except Trouble as trouble:
        return trouble
    return None


ACTIONS: dict[str, Callable[[Bench, str, Case, str], Any]] = {
    "name": lambda b, p, c, t: b.do(add_person, full_name=t),
    "known as": lambda b, p, c, t: b.do(change_person, p, known_as=t),
    "date of birth": lambda b, p, c, t: b.do(add_person, full_name="Ann Bee", date_of_birth=t),
    "language": lambda b, p, c, t: b.do(change_person, p, language_spoken=t),
    "needs": lambda b, p, c, t: b.do(change_person, p, support_needs=(t, "loop")),
    "address": lambda b, p, c, t: b.do(add_address, p, line_1=t, postcode="AS1 1AA"),
    "postcode": lambda b, p, c, t: b.do(add_address, p, line_1="1 Hob Lane", postcode=t),
    "telephone": lambda b, p, c, t: b.do(add_contact_point, p, Channel.PHONE, t),
    "e-mail": lambda b, p, c, t: b.do(add_contact_point, p, Channel.EMAIL, t),
    "safe contact": lambda b, p, c, t: b.do(set_safe_contact, p, reason=t),
    "title": lambda b, p, c, t: b.do(log_case, service="damp-and-mould", case_kind="routine", title=t),
    "account": lambda b, p, c, t: b.do(log_case, service="damp-and-mould", case_kind="routine", summary=t),
    "answer": lambda b, p, c, t: b.do(record_answer, c.id, "tenure", t),
    "reason": lambda b, p, c, t: b.do(move_case, c.id, "triaged", reason=t),
    "note": lambda b, p, c, t: b.do(add_note, c.id, t),
    "heading": lambda b, p, c, t: b.do(add_note, c.id, "A note", heading=t),
    "task": lambda b, p, c, t: b.do(add_task, c.id, t),
    "evidence": lambda b, p, c, t: b.do(
        record_attempt, c.id, method=Method.PHONE, result=AttemptResult.NO_ANSWER, evidence=t
    ),
    "purpose": lambda b, p, c, t: b.do(book_visit, c.id, starts_at=A1_MORNING + timedelta(days=2), purpose=t),
}


@pytest.mark.parametrize("field", ACTIONS)
def test_nonsense_is_kept_whole_or_refused_in_words(bench: Bench, person_id: str, case: Case, field: str) -> None:
    """Whatever is typed: either a sentence with what to do and nothing kept, or it is kept, found, and can be sent."""
    for text in NONSENSE.values():
        before = _all(bench)
        told = _told(lambda text=text: ACTIONS[field](bench, person_id, case, text))
        if told is not None:
            assert told.what
            assert told.do
            assert len(str(told)) < 600
            assert _all(bench) == before
    batch = bench.look(lambda r: next_batch(r, 500, 8_000_000))

    assert pack(Push(client_id="c", generation=1, mutations=list(batch)))
    assert bench.look(lambda r: timeline(r, case.id))


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_may_be_searched_for(bench: Bench, case: Case, text: str) -> None:
    """The search box takes anything and answers."""
    found = bench.look(lambda r: search(r, text))

    assert len(found.people) <= 20
    assert len(found.cases) <= 20


@pytest.mark.parametrize("day", [date.min, date.max, date(1, 1, 1)])
def test_a_day_that_cannot_be_is_refused(bench: Bench, case: Case, day: date) -> None:
    """Days at the ends of the calendar are mistakes, and overflow nothing."""
    with pytest.raises(Trouble):
        bench.do(add_task, case.id, "Ring back", do_by=day)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{salutation}", "{salutashun}", "salutashun"),
        ('source = "person.salutation"', 'source = "person.secret"', "person.secret"),
        ('title = "Acknowledgement"', "title = ", "line 5"),
    ],
)
def test_a_letter_with_an_unknown_blank_is_named(
    bench: Bench, case: Case, tmp_path: Path, old: str, new: str, says: str
) -> None:
    """A letter that asks for what nobody knows is refused with file and line before anything is shown or filed."""
    copied = shutil.copytree(bench.desk.resources, tmp_path / "resources")
    file = copied / "letters" / "acknowledgement.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    desk, before = replace(bench.desk, resources=copied), _all(bench)

    with pytest.raises(Trouble, match=r"acknowledgement\.toml") as told:
        bench.look(lambda r: draft_letter(r, desk, case.id, "acknowledgement"))

    assert "line " in str(told.value)
    assert says in str(told.value)
    assert _all(bench) == before

"""The sync screen over a real store: what waits, what came back and why, two values, the proof, signing in again."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from sqlalchemy import insert

from almoner.casework.notes import add_note
from almoner.desktop.parts.rows import ROW_ROLE
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.sync import Sync
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Network
from almoner.records import Conflict
from almoner.records.mutation import Verdict
from almoner.records.trouble import Trouble
from almoner.store.outbox import Answered, acknowledge, unsent, unsent_count
from almoner.store.tables import scope_state
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


class PretendNetwork(Network):
    """A network that is as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.now = SyncState(waiting=3, last_synced="Today 08:55")
        self.wants_password = False
        self.tries = 0
        self.passwords: list[str] = []

    def state(self) -> SyncState:
        return self.now

    def sync_now(self) -> None:
        self.tries += 1

    def next_try(self) -> str:
        return "Today 10:07"

    def trouble(self) -> str:
        return "" if self.now.is_online else "The office cannot be reached. Check the network."

    def needs_sign_in(self) -> bool:
        return self.wants_password

    def sign_in(self, password: str) -> None:
        self.passwords.append(password)
        if password != "right":
            raise Trouble("The password is wrong.", "Type it again.")
        self.wants_password = False


@pytest.fixture
def network(office: Office) -> PretendNetwork:
    """The network of the office."""
    made = PretendNetwork()
    office.network = made
    return made


def opened(office: Office, qtbot: QtBot) -> Sync:
    """Open the screen and wait for the list."""
    screen = cast(Sync, office.open(Sync))
    qtbot.waitUntil(lambda: screen.model.rowCount() == office.look(unsent_count))
    return screen


def came_back(office: Office, qtbot: QtBot, verdict: Verdict, why: str) -> None:
    """Let the server answer the newest save, a note, in this way."""
    case_id = office.cases["Comfort"].id
    office.doors.change(lambda tx: add_note(tx, office.desk, case_id, "Left a card.", heading="Called round"))
    before = office.look(unsent_count)
    qtbot.waitUntil(lambda: office.look(unsent_count) > before)
    last = office.look(lambda reading: unsent(reading))[-1].client_seq
    office.doors.change(lambda tx: acknowledge(tx, [Answered(last, verdict, why)], durable_client_seq=0))
    qtbot.waitUntil(lambda: office.look(unsent_count) == before)


def test_says_how_things_stand(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The state, when it was last in step, when it tries again and why it failed, in words."""
    screen = opened(office, qtbot)

    assert screen.bar.words == "Offline, 3 to send"
    assert "Last synced: Today 08:55" in screen.bar.details
    assert "Next try: Today 10:07" in screen.bar.details
    assert "cannot be reached" in screen.bar.details


def test_every_save_that_waits_has_its_line(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """What is unsent is listed line by line, and Enter opens the case it belongs to."""
    screen = opened(office, qtbot)
    lines = office.look(lambda reading: unsent(reading))
    at = next(number for number, line in enumerate(lines) if line.case_id)
    screen.table.setFocus()
    screen.table.setCurrentIndex(screen.model.index(at, 0))
    QTest.keyClick(screen.table, Qt.Key.Key_Return)

    shown = [screen.model.index(n, 0).data(ROW_ROLE).title for n in range(screen.model.rowCount())]
    assert shown == [line.label for line in lines]
    assert office.went[-1] == Target("case", lines[at].case_id)


def test_f5_tries_now(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The key and the button do the same."""
    screen = opened(office, qtbot)
    office.commands.run("sync.now")
    QTest.keyClick(screen.bar.now, Qt.Key.Key_Space)

    assert office.commands["sync.now"].shortcut == "F5"
    assert network.tries == 2


def test_progress_of_a_long_round_is_shown(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The first load says how far it has come; when it ends the bar goes."""
    screen = opened(office, qtbot)
    network.now = SyncState(is_online=True, is_sending=True)
    network.changed.emit(network.now)
    network.progress.emit(1200, 5000, "receiving")
    during = (screen.bar.progress.isVisible(), screen.bar.progress.value(), screen.bar.progress.accessibleDescription())
    network.now = SyncState(is_online=True, last_synced="Today 10:05")
    network.changed.emit(network.now)

    assert during == (True, 1200, "Receiving: 1,200 of 5,000")
    assert not screen.bar.progress.isVisible()
    assert screen.bar.words == "All sent"


@pytest.mark.parametrize(
    ("verdict", "mark"), [(Verdict.REJECTED, "Not accepted"), (Verdict.HELD, "Held at the office")]
)
def test_what_came_back_can_be_read_and_copied(
    office: Office, network: PretendNetwork, qtbot: QtBot, verdict: Verdict, mark: str
) -> None:
    """Work the server did not take stays readable: what, why, and its words to copy."""
    came_back(office, qtbot, verdict, "This belongs to a team you are not in.")
    screen = opened(office, qtbot)
    screen.tabs.open("returned")
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    item = screen.returned.items[0]
    copy = next(b for b in screen.returned.findChildren(QPushButton) if b.text() == "Copy")
    QTest.keyClick(copy, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(office.said))

    assert item.tag == mark
    assert "team you are not in" in item.second
    assert "Left a card." in QGuiApplication.clipboard().text()
    assert office.badges["sync"] == 1


def test_two_values_are_both_shown(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """Where two people changed one thing, what is in force and what was offered stand side by side."""
    case, me = office.cases["Comfort"], office.desk.me
    conflict = Conflict(
        id="conflict-1", case_id=case.id, record_kind="case", record_id=case.id, field="priority",
        in_force='"urgent"', offered='"high"', offered_by=me.id, offered_at=office.clock.now(), mutation_id="m",
    )  # fmt: skip
    office.doors.change(lambda tx: tx.add(conflict))
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.conflicts.items))

    assert screen.conflicts.items[0].title == "Case: priority"
    assert "In force: urgent" in screen.conflicts.items[0].second
    assert "high" in screen.conflicts.items[0].second


def test_the_proof_is_shown_part_by_part(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """Each part of the records says how many it holds and when both copies were last found equal."""
    rows = [
        {"scope": "residents", "state": "", "count": 5000, "digest": "1", "proved_at": "2026-12-17T08:55:00.000000Z"},
        {"scope": f"team:{office.desk.me.team_id}", "state": "", "count": 1, "digest": "", "proved_at": ""},
    ]
    office.doors.change(lambda tx: tx.connection.execute(insert(scope_state), rows))
    screen = opened(office, qtbot)
    screen.tabs.open("copies")
    qtbot.waitUntil(lambda: bool(screen.copies.items))

    said = [(item.title, item.second, item.tag) for item in screen.copies.items]
    assert said == [
        ("Residents", "5,000 records", "Equal today 08:55"),
        ("Cases of Housing repairs", "1 record", "Not yet"),
    ]


def test_signing_in_again(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """A wrong password is said at the field and forgotten; the right one lets work travel."""
    network.wants_password = True
    screen = opened(office, qtbot)
    form = screen.bar.sign_in
    QTest.keyClick(form.password.line, Qt.Key.Key_Return)
    empty = form.wrong
    for typed in ("wrong", "right"):
        qtbot.waitUntil(form.button.isEnabled)
        QTest.keyClicks(form.password.line, typed)
        QTest.keyClick(form.password.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda typed=typed: typed in network.passwords)
        if typed == "wrong":
            qtbot.waitUntil(lambda: "password is wrong" in form.wrong)
    qtbot.waitUntil(lambda: not form.isVisible())

    assert empty == "Type your password."
    assert network.passwords == ["wrong", "right"]
    assert form.password.text() == ""


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
@pytest.mark.parametrize("tab", ["to-send", "returned", "copies"])
def test_everything_can_be_named_read_and_hit(
    office: Office, network: PretendNetwork, qtbot: QtBot, room: Room, tab: str
) -> None:
    """Every control has a name, no words are cut off, and no button is too small."""
    network.wants_password = True
    came_back(office, qtbot, Verdict.REJECTED, "This belongs to a team you are not in.")
    screen = opened(office, qtbot)
    screen.fit(room)
    screen.go(Target("sync", part=tab))
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []

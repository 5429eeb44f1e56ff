"""The sync screen over a real store: what waits, what is kept, who must act, the proof, signing in again."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from sqlalchemy import insert

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
        self.now = SyncState(waiting=3, last_synced="Today 08:55", as_at="as at 08:55")
        self.wants_password = False
        self.blocked = ""
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

    def waits_on(self) -> str:
        return self.blocked

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


def taken(office: Office, qtbot: QtBot, count: int) -> None:
    """Let the server have taken the oldest saves, of which it has no backup yet."""
    before = office.look(unsent_count)
    lines = office.look(lambda reading: unsent(reading, count))
    answers = [Answered(line.client_seq, Verdict.APPLIED, rev=1) for line in lines]
    office.doors.change(lambda tx: acknowledge(tx, answers, durable_client_seq=0))
    qtbot.waitUntil(lambda: office.look(unsent_count) == before - count)


def keep_fact(office: Office, qtbot: QtBot, name: str, value: str) -> None:
    """Let the store know this of itself."""
    office.doors.change(lambda tx: tx.set_fact(name, value))
    qtbot.waitUntil(lambda: office.look(lambda reading: reading.fact(name)) == value)


def test_says_how_things_stand(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The state, when it was last in step, when it tries again and why it failed, in words."""
    screen = opened(office, qtbot)

    assert screen.bar.words == "Offline, 3 to send"
    assert "What you see is as at 08:55." in screen.bar.details
    assert "Tries again today 10:07, on its own." in screen.bar.details
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


def test_before_the_first_round_of_today_it_says_how_old_what_is_seen_is(
    office: Office, network: PretendNetwork, qtbot: QtBot
) -> None:
    """The store knows when it was last in step; a laptop opened in a basement does not pretend to be fresh."""
    network.now = SyncState(waiting=3)
    keep_fact(office, qtbot, "last_sync_at", "2026-12-16T16:02:00.000000Z")
    screen = opened(office, qtbot)

    qtbot.waitUntil(lambda: "What you see is as at 16:02 yesterday." in screen.bar.details)


def test_what_is_sent_but_in_no_backup_is_listed_apart(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """What the office has taken is not called unsent, and stays listed until it is in the office's backup."""
    taken(office, qtbot, 4)
    screen = opened(office, qtbot)
    to_send = screen.model.rowCount()
    screen.tabs.open("kept")
    qtbot.waitUntil(lambda: screen.model.rowCount() == 4)
    qtbot.waitUntil(lambda: screen.tabs.tabText(1) == "Kept until backed up 4")

    assert to_send == office.look(unsent_count)
    assert screen.model.index(0, 0).data(ROW_ROLE).tag == "Sent, kept until backed up"
    screen.tabs.open("to-send")
    qtbot.waitUntil(lambda: screen.model.rowCount() == to_send)


def test_who_must_act_is_said_first(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """What keeps everything from travelling stands first; decisions lead to the page where they are made."""
    case, me = office.cases["Comfort"], office.desk.me
    conflict = Conflict(
        id="conflict-1", case_id=case.id, record_kind="case", record_id=case.id, field="priority",
        in_force='"urgent"', offered='"high"', offered_by=me.id, offered_at=office.clock.now(), mutation_id="m",
    )  # fmt: skip
    office.doors.change(lambda tx: tx.add(conflict))
    network.blocked = "Your IT service desk: Almoner must be updated on this computer"
    screen = opened(office, qtbot)
    screen.tabs.open("waits")
    qtbot.waitUntil(lambda: len(screen.waits.items) == 2)
    button = next(b for b in screen.waits.findChildren(QPushButton) if b.text() == "Open")
    QTest.keyClick(button, Qt.Key.Key_Space)

    assert [item.title for item in screen.waits.items] == [network.blocked, "1 decision of yours"]
    assert office.went[-1] == Target("settle")
    assert office.badges["sync"] == 1


def test_a_restored_server_and_a_second_copy_are_told_in_words(
    office: Office, network: PretendNetwork, qtbot: QtBot
) -> None:
    """What happened to the copies themselves is said, with what becomes of the work and that nothing need be done."""
    keep_fact(office, qtbot, "restored_at", "2026-12-17T09:40:00.000000Z")
    keep_fact(office, qtbot, "forked_at", "2026-12-16T09:40:00.000000Z")
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: "restored" in screen.bar.details)

    assert "restored from a backup, noticed at 09:40" in screen.bar.details
    assert "sent again from this device" in screen.bar.details
    assert "A second copy of this device's store was noticed at 09:40 yesterday" in screen.bar.details


def test_the_proof_is_shown_part_by_part(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """Each part of the records says how many it holds, when both copies were last found equal, and by which check."""
    own = {"state": "", "loaded": 1, "held_count": 0, "held_digest": 0, "counted_at": ""}
    at = "2026-12-17T08:55:00.000000Z"
    rows = [
        {"scope": "residents", "count": 5000, "digest": "-9223372036854775807", "proved_at": at, **own},
        {"scope": f"team:{office.desk.me.team_id}", "count": 1, "digest": "", "proved_at": "", **own},
    ]
    office.doors.change(lambda tx: tx.connection.execute(insert(scope_state), rows))
    screen = opened(office, qtbot)
    screen.tabs.open("copies")
    qtbot.waitUntil(lambda: bool(screen.copies.items))

    said = [(item.title, item.second, item.tag) for item in screen.copies.items]
    assert said == [
        ("Residents", "5,000 records, equal at 08:55, check 8000…", "Equal"),
        ("Cases of Housing repairs", "Not compared with the office yet", "Not yet"),
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
@pytest.mark.parametrize("tab", ["to-send", "kept", "waits", "copies"])
def test_everything_can_be_named_read_and_hit(
    office: Office, network: PretendNetwork, qtbot: QtBot, room: Room, tab: str
) -> None:
    """Every control has a name, no words are cut off, and no button is too small."""
    network.wants_password = True
    network.blocked = "You: sign in again"
    taken(office, qtbot, 2)
    screen = opened(office, qtbot)
    screen.fit(room)
    screen.go(Target("sync", part=tab))
    qtbot.waitUntil(lambda: bool(screen.waits.items))
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []

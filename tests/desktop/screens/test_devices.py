"""The devices screen over a real store: who is not in contact, what is unsent out there, and how old the answer is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.desktop.parts.rows import ROW_ROLE
from almoner.desktop.screen import Room, offered_to
from almoner.desktop.screens import SECTIONS
from almoner.desktop.screens.devices import Devices
from almoner.desktop.workbench import Network
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.sync import messages
from almoner.sync.messages import DeviceLine
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def device(number: int, name: str, last: str, **more: object) -> DeviceLine:
    """A device as the server tells of it."""
    return DeviceLine(
        device_id=f"d{number}",
        name=name,
        user_id=f"u{number}",
        officer=f"Officer {number}",
        enrolled_at="2026-11-02T09:00:00.000000Z",
        last_contact=last,
        version="0.1.0",
        schema=2,
        **more,  # type: ignore[arg-type]  # fields by name
    )


DEVICES = (
    device(1, "Laptop 14", "2026-12-17T10:01:00.000000Z"),
    device(2, "Laptop 7", "2026-12-08T10:00:00.000000Z", unsent=12, trouble="This computer is offline."),
    device(3, "Desk 3", "2026-11-20T10:00:00.000000Z", unsent=1),
    device(4, "Laptop 2", "2026-12-01T10:00:00.000000Z", revoked_at="2026-12-02T09:00:00.000000Z"),
    device(
        5, "Laptop 9", "2026-12-03T10:00:00.000000Z", revoked_at="2026-12-03T09:00:00.000000Z",
        wipe_asked_at="2026-12-03T09:00:00.000000Z", wiped_at="2026-12-03T10:00:00.000000Z",
        receipt_at="2026-12-03T10:00:00.000000Z", receipt_records=1204, receipt_files=12,
    ),
    device(6, "Laptop 5", "", wipe_asked_at="2026-12-16T09:00:00.000000Z"),
)  # fmt: skip


class PretendNetwork(Network):
    """A network whose office knows these devices, two to a page; or cannot be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.asked: list[str] = []

    def devices(self, after: str = "") -> messages.Devices:
        self.asked.append(after)
        if self.is_down:
            raise Trouble("The office cannot be reached.", "Check the network.")
        at = int(after or 0)
        more = str(at + 2) if at + 2 < len(DEVICES) else ""
        return messages.Devices(as_at="2026-12-17T10:05:00.000000Z", devices=list(DEVICES[at : at + 2]), next=more)


@pytest.fixture
def network(office: Office) -> PretendNetwork:
    """The network of the office, whose officer is a supervisor."""
    made = PretendNetwork()
    office.network = made
    office.desk = replace(office.desk, me=replace(office.desk.me, role=StaffRole.SUPERVISOR))
    return made


def opened(office: Office, qtbot: QtBot) -> Devices:
    """Open the screen and wait for the answer."""
    screen = cast(Devices, office.open(Devices))
    qtbot.waitUntil(lambda: screen.again.isEnabled())
    qtbot.waitUntil(lambda: screen.model.rowCount() == len(DEVICES))
    qtbot.waitUntil(lambda: screen.model.row_at(0) is not None)
    return screen


def test_those_longest_away_come_first_and_are_marked(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """Who is not syncing and for how long is seen at a glance; devices out of use come last."""
    screen = opened(office, qtbot)
    rows = [screen.model.index(n, 0).data(ROW_ROLE) for n in range(len(DEVICES))]

    assert [row.title for row in rows] == [
        "Laptop 5, Officer 6",
        "Desk 3, Officer 3",
        "Laptop 7, Officer 2",
        "Laptop 14, Officer 1",
        "Laptop 2, Officer 4",
        "Laptop 9, Officer 5",
    ]
    assert [row.tag for row in rows] == [
        "Wipe asked",
        "Not seen for 27 days",
        "Not seen for 9 days",
        "In use",
        "Revoked",
        "Wiped",
    ]
    assert "9 days ago" in rows[2].spoken
    assert "12 saves not sent" in rows[2].spoken
    qtbot.waitUntil(lambda: "as at 10:05" in screen.words.text())
    assert "3 devices not seen for over 3 days; 2 with work not sent" in screen.words.text()
    assert network.asked == ["", "2", "4"]


def test_all_that_is_known_of_a_device_is_said(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The receipt of a wipe says when, and how much left the device."""
    screen = opened(office, qtbot)
    screen.table.setFocus()
    screen.table.setCurrentIndex(screen.model.index(5, 0))
    qtbot.waitUntil(lambda: "Laptop 9" in screen.foot.words)

    assert "Receipt: 3 Dec 2026 10:00: 1,204 records and 12 files left it, 0 saves not sent before" in screen.foot.words
    assert "Wiped: 3 Dec 2026 10:00" in screen.foot.words


def test_without_a_line_the_last_answer_is_shown_with_its_age(
    office: Office, network: PretendNetwork, qtbot: QtBot
) -> None:
    """A supervisor on a train still sees who was away, and that the answer is of yesterday."""
    first = opened(office, qtbot)
    first.close()
    office.clock.advance(days=1)
    network.is_down = True
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: screen.wrong.isVisible())

    assert "The office cannot be reached. Check the network. What is shown is the last answer." in screen.wrong.text()
    assert "as at 10:05 yesterday" in screen.words.text()


def test_f5_asks_again(office: Office, network: PretendNetwork, qtbot: QtBot) -> None:
    """The key and the button do the same."""
    screen = opened(office, qtbot)
    before = len(network.asked)
    office.commands.run("devices.ask")
    qtbot.waitUntil(lambda: len(network.asked) == before + 3 and screen.again.isEnabled())
    QTest.keyClick(screen.again, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(network.asked) == before + 6 and screen.again.isEnabled())

    assert office.commands["devices.ask"].shortcut == "F5"


def test_caseworkers_are_not_offered_it() -> None:
    """Supervisors and administrators look after devices; nobody else has the page."""
    offered = {role: {section.id for section in offered_to(role, SECTIONS)} for role in StaffRole}

    assert [role for role in StaffRole if "devices" in offered[role]] == [
        StaffRole.SUPERVISOR,
        StaffRole.ADMINISTRATOR,
    ]
    assert "sync" in offered[StaffRole.CASEWORKER]


def test_a_caseworker_keeps_and_sees_nothing(office: Office, qtbot: QtBot) -> None:
    """Whatever came to be kept while somebody was a supervisor is not shown once they are none."""
    network = PretendNetwork()
    network.is_down = True
    office.network = network
    screen = cast(Devices, office.open(Devices))
    qtbot.waitUntil(lambda: screen.wrong.isVisible())

    assert screen.model.rowCount() == 0
    assert screen.stack.part is screen.empty


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
def test_everything_can_be_named_read_and_hit(
    office: Office, network: PretendNetwork, qtbot: QtBot, room: Room
) -> None:
    """Every control has a name, no words are cut off, and no button is too small."""
    screen = opened(office, qtbot)
    screen.fit(room)
    screen.table.setCurrentIndex(screen.model.index(1, 0))
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []

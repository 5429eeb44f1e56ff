"""Devices: who is in contact with the office, who is not and for how long, and what is unsent out there. Only for
supervisors and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.devices_page import MOST_DEVICES, Device, DevicesPage, keep_devices, read_devices
from almoner.casework.ports import Desk
from almoner.desktop.commands import Command
from almoner.desktop.jobs import Aside
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.banners import EmptyState
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, rule
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import PAGE, KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.stand import Stand
from almoner.desktop.screen import Room, Screen
from almoner.desktop.workbench import Network, Work
from almoner.records.trouble import Trouble
from almoner.rules.words import counted
from almoner.store.reading import Reading
from almoner.sync.messages import DeviceLine

_TITLES = ("Device", "Last contact", "Not sent", "Version", "State", "Last trouble")
_WIDTHS = (0, 130, 90, 90, 180, 260)
_AGAIN = "devices.ask"
_LONG, _WIDE = 50, 320
"""Words longer than this many letters take several lines of this width."""


@dataclass(frozen=True, slots=True)
class DevicesListing:
    """The devices of the last answer, those longest away first."""

    desk: Desk

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        devices = read_devices(store, self.desk).devices
        at = next((number for number, device in enumerate(devices) if device.id == kept), None)
        return Outline(len(devices), tuple(range(0, max(len(devices), 1), PAGE)), at)

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        devices = read_devices(store, self.desk).devices
        return tuple(device_row(device) for device in devices[int(anchor or 0) :][:limit])


def device_row(device: Device) -> Row:
    """Return a device as a row."""
    unsent = f"{device.unsent:,}" if device.unsent else "None"
    tone = cast(Tone, device.tone)
    return Row(
        id=device.id,
        title=f"{device.name}, {device.officer}",
        second=f"{device.last_contact}, {counted(device.unsent, 'save')} not sent",
        tag=device.state,
        tone=tone,
        spoken=(
            f"{device.name} of {device.officer}, {device.state}, last contact {device.last_contact}, "
            f"{counted(device.unsent, 'save')} not sent. {device.trouble}"
        ).strip(),
        cells=(
            Cell(text=device.name, second=device.officer, kind="strong"),
            Cell(text=device.last_contact, kind="figures"),
            Cell(text=unsent, kind="strong" if device.unsent else "quiet"),
            Cell(text=device.version or "Unknown", kind="quiet"),
            Cell(text=device.state, kind="tag", tone=tone),
            Cell(text=device.trouble, kind="quiet"),
        ),
    )


class DeviceFacts(QWidget):
    """All that is known of a device: each fact under its name, in as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("About this device")
        self._facts: tuple[tuple[str, str], ...] = ()
        self._flow = FlowLayout(self, gap=24)

    @property
    def words(self) -> str:
        """What is said."""
        return "\n".join(f"{name}: {words}" for name, words in self._facts)

    def say(self, facts: tuple[tuple[str, str], ...]) -> None:
        """Show these facts."""
        if facts == self._facts:
            return
        self._facts = facts
        while (old := self._flow.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for name, words in facts:
            box = QWidget()
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            column.addWidget(label(name, "small"))
            said = label(words, "strong", wraps=len(words) > _LONG, can_select=True)
            if len(words) > _LONG:
                said.setFixedWidth(_WIDE)
            column.addWidget(said)
            self._flow.addWidget(box)


class Devices(Screen):
    """What was answered and when above; the devices under it; all that is known of the chosen one at the foot."""

    def build(self) -> None:
        """Make the head, the lists and the foot."""
        theme = self.around.theme
        self._page: DevicesPage | None = None
        self._aside = Aside()
        self._trouble = ""
        self.title = label("Devices", "title", wraps=True)
        self.words = label("", "quiet", wraps=True)
        self.wrong = label("", "wrong", wraps=True)
        self.again = Button(theme, "Ask again", icon="refresh-cw", run=self.ask)
        self.model = RecordsModel(self.around.doors, _TITLES, parent=self)
        self.table = CaseTable(theme, "Devices", _WIDTHS)
        self.list = CaseList(theme, "Devices")
        self.keeps = KeepsSelection(self.table, self.model)
        self.table.measure()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.table.selectionModel())
        self.empty = EmptyState(theme, "hourglass", "Not asked yet", "The list comes from the office.")
        self.stack = Stand(self.empty, self.table, self.list)
        self.foot = DeviceFacts()
        self._lay_out()
        self.table.selectionModel().currentChanged.connect(self._chosen)
        self.model.counted.connect(lambda _count: self._arrange())
        self.model.show(DevicesListing(self._work.desk))

    @property
    def _work(self) -> Work:
        """What the wiring laid on the bench."""
        work: Work = self.around.work
        return work

    def _lay_out(self) -> None:
        """Put head, list and foot under one another."""
        said = QVBoxLayout()
        said.setSpacing(3)
        for part in (self.title, self.words, self.wrong):
            said.addWidget(part)
        head = QHBoxLayout()
        head.setContentsMargins(24, 20, 24, 14)
        head.addLayout(said, 1)
        head.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(24, 12, 24, 16)
        foot.addWidget(self.foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(rule())
        column.addWidget(self.stack, 1)
        column.addWidget(rule())
        column.addWidget(self._foot)
        self._foot.hide()
        self.wrong.hide()

    # What the shell asks

    def shown(self) -> None:
        """Show the last answer at once, and ask for a newer one."""
        if _AGAIN not in self.around.commands:
            self.around.commands.add(
                Command(
                    id=_AGAIN,
                    title="Ask about devices again",
                    group="Devices",
                    shortcut="F5",
                    icon="refresh-cw",
                    run=self.ask,
                    enabled=self.again.isEnabled,
                )
            )
        self._read()
        self.ask()
        self.stack.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the key."""
        self.around.commands.remove(_AGAIN)
        super().hideEvent(event)

    def fit(self, room: Room) -> None:
        """Take the table where there is room for its columns."""
        self.room = room
        self._arrange()

    def panes(self) -> tuple[QWidget, ...]:
        """Return the button and the list."""
        return self.again, self.stack

    # Asking, reading and showing

    def ask(self) -> None:
        """Ask the office, off the UI thread; without a line the last answer stays."""
        if self._aside.is_busy:
            return
        self.again.setEnabled(False)
        self.again.setText("Asking…")
        network = self._work.network
        self._aside.run(lambda: _all_devices(network), done=self._answered, trouble=self._failed, owner=self)

    def _settle(self, trouble: str) -> None:
        self._trouble = trouble
        self.again.setEnabled(True)
        self.again.setText("Ask again")
        self._say()

    def _answered(self, devices: tuple[DeviceLine, ...]) -> None:
        """Keep the answer and show it."""
        self._settle("")
        if not self.around.doors.is_stopped:
            desk = self._work.desk
            self.around.doors.change(
                lambda tx: keep_devices(tx, desk, devices), done=self._kept, owner=self, in_background=True
            )

    def _kept(self, _nothing: object) -> None:
        self._read()
        self.keeps.refresh()

    def _failed(self, trouble: Trouble) -> None:
        """Say why there is no newer answer."""
        self._settle(f"{trouble.what} {trouble.do}".strip())

    def _read(self) -> None:
        """Read the last answer."""
        desk = self._work.desk
        self.around.doors.read(lambda reading: read_devices(reading, desk), done=self._show, key=(id(self), "page"))

    def _show(self, page: DevicesPage) -> None:
        self._page = page
        self._say()
        self._chosen(self.table.currentIndex())

    def _say(self) -> None:
        """Say how many there are, how many are not seen, and how old that is."""
        page = self._page
        if page is not None and page.as_at:
            away = f"{counted(page.stale, 'device')} not seen for over 3 days" if page.stale else "All in contact"
            unsent = f"{page.with_unsent:,} with work not sent" if page.with_unsent else "nothing unsent reported"
            self.words.setText(f"{counted(len(page.devices), 'device')}, {page.as_at}. {away}; {unsent}.")
        else:
            self.words.setText("The office has not been asked yet.")
        kept = " What is shown is the last answer." if self._trouble and page is not None and page.as_at else ""
        self.wrong.setText(f"{self._trouble}{kept}".strip())
        self.wrong.setVisible(bool(self._trouble))
        self._arrange()

    def _arrange(self) -> None:
        """Show the list in the form there is room for, or why there is none."""
        if self.model.rowCount():
            self.stack.bring(self.list if self.room <= Room.NARROW else self.table)
        else:
            waits = "No devices" if self._page is not None and self._page.as_at else "Not asked yet"
            self.empty.say(waits, "The list comes from the office as soon as it can be reached.")
            self.stack.bring(self.empty)

    def _chosen(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        """Say all that is known of the chosen device."""
        row = self.model.row_at(index.row()) if index.isValid() else None
        found = (
            next((d for d in self._page.devices if row is not None and d.id == row.id), None) if self._page else None
        )
        self._foot.setVisible(found is not None)
        if found is not None:
            self.foot.say((("Device", found.name), *found.facts))


def _all_devices(network: Network) -> tuple[DeviceLine, ...]:
    """Every page of the answer, up to a limit. Raises Trouble."""
    found: list[DeviceLine] = []
    after = ""
    while len(found) < MOST_DEVICES:
        answer = network.devices(after)
        found += answer.devices
        after = answer.next
        if not after:
            break
    return tuple(found)

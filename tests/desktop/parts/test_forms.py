"""The parts that forms are made of: pills, times as they are typed, drafts, lines, the order of Tab."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.form import ErrorSummary, Faults
from almoner.desktop.parts.line_items import Item, LineItems
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.parts.tab_order import follow_layout
from almoner.desktop.parts.time_field import DayField, TimeField
from almoner.records.trouble import Trouble
from tests.desktop.pretend import PretendBacks, raise_it

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
THREE = (("a", "Yes"), ("b", "No"), ("c", "Not known"))


def shown(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """A window with these widgets under one another."""
    window = QWidget()
    column = QVBoxLayout(window)
    for widget in widgets:
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(500, 400)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def keys(*pressed: Qt.Key) -> None:
    for key in pressed:
        focused = QApplication.focusWidget()
        assert focused is not None, "something has the keyboard"
        QTest.keyClick(focused, key)


def test_one_pill_at_most_is_on(theme: Theme, qtbot: QtBot) -> None:
    """Arrow keys move, Space presses; another pill puts the first out, and pressing it again leaves none."""
    pills = Pills(theme, "Heated?", THREE)
    window = shown(qtbot, pills)
    pills.setFocus()

    keys(Qt.Key.Key_Space)
    assert pills.chosen == ("a",)
    keys(Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert pills.chosen == ("b",)
    keys(Qt.Key.Key_Return)
    assert pills.chosen == ()
    assert window.isVisible()


def test_not_known_stands_alone_among_many(theme: Theme, qtbot: QtBot) -> None:
    """Several answers may be on together, but "not known" puts them out and is put out by them."""
    pills = Pills(theme, "Rooms", THREE, many=True, alone=["c"])
    window = shown(qtbot, pills)
    pills.choose(["a", "b"])
    pills.setFocus()

    keys(Qt.Key.Key_Left, Qt.Key.Key_Space)
    assert pills.chosen == ("c",)
    keys(Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert pills.chosen == ("a",)
    assert window.isVisible()


def test_tab_stops_once_at_a_row_of_pills(theme: Theme, qtbot: QtBot) -> None:
    """A row is one stop of Tab, at the pill that is on."""
    pills, after = Pills(theme, "Rooms", THREE), QLineEdit()
    window = shown(qtbot, pills, after)
    pills.choose(["b"])
    pills.setFocus()
    assert window.focusWidget().accessibleName() == "No"

    keys(Qt.Key.Key_Tab)

    assert after.hasFocus()


def test_a_time_says_what_it_understood(theme: Theme, qtbot: QtBot) -> None:
    """What was read stands under the box; nonsense is refused by the name of the field."""
    field = TimeField(theme, "Happened", lambda: NOW)
    window = shown(qtbot, field)
    assert field.instant() == NOW

    QTest.keyClicks(field.box, "yesterday 4.40pm")
    assert field.instant() == datetime(2026, 12, 16, 16, 40, tzinfo=UTC)
    assert "Wednesday 16 December 2026, 16:40" in [each.text() for each in window.findChildren(type(label()))]
    field.type("whenever")
    with pytest.raises(Trouble) as caught:
        field.instant()

    assert caught.value.where == "Happened"


def test_a_time_that_is_needed_is_not_taken_for_now(theme: Theme, qtbot: QtBot) -> None:
    """The start of a visit must be typed."""
    field = TimeField(theme, "Starts", lambda: NOW, direction="ahead", is_needed=True)
    qtbot.addWidget(field)

    with pytest.raises(Trouble, match="missing"):
        field.instant()


def test_a_day_may_be_left_out(theme: Theme, qtbot: QtBot) -> None:
    """No day is none; a weekday is the next one; nonsense is refused by name."""
    field = DayField(theme, "Do by", lambda: NOW, help_text="")
    qtbot.addWidget(field)
    assert field.day() is None

    field.box.setText("fri")
    assert str(field.day()) == "2026-12-18"
    field.box.setText("soonish")
    with pytest.raises(Trouble) as caught:
        field.day()

    assert caught.value.where == "Do by"


class _DraftStore(dict[str, Any]):
    """A pretend store that keeps drafts."""

    def keep_draft(self, key: str, body: str) -> None:
        self[key] = body

    def drop_draft(self, key: str) -> None:
        self.pop(key, None)

    def draft(self, key: str) -> str | None:
        found: str | None = self.get(key)
        return found


Drafts = tuple[_DraftStore, Doors]


@pytest.fixture
def drafts() -> Iterator[Drafts]:
    """A store of drafts behind doors."""
    store = _DraftStore()
    doors = Doors(PretendBacks(store), presenter=raise_it, on_bug=raise_it)
    yield store, doors
    doors.stop()


def test_drafts_are_kept_by_key_and_forgotten(drafts: Drafts, qtbot: QtBot) -> None:
    """Typing is written under its key when it pauses or another key is opened, and an emptied box leaves nothing."""
    store, doors = drafts
    owner = QObject()
    keeper = DraftKeeper(doors, lambda: NOW, owner)
    found: list[str] = []
    keeper.found.connect(found.append)
    keeper.open("note/1")
    qtbot.waitUntil(lambda: found == [""])

    with qtbot.waitSignal(keeper.kept):
        keeper.typed("half")
    keeper.typed("half a note")
    keeper.open("note/2")
    qtbot.waitUntil(lambda: store.get("note/1") == "half a note")
    keeper.open("note/1")
    qtbot.waitUntil(lambda: found[-1] == "half a note")
    keeper.typed("")
    keeper.flush()
    qtbot.waitUntil(lambda: "note/1" not in store)


def test_words_typed_meanwhile_are_not_overwritten_by_a_draft(drafts: Drafts, qtbot: QtBot) -> None:
    """A draft that arrives late does not replace what has been typed since."""
    store, doors = drafts
    store["note/1"] = "old"
    owner = QObject()
    keeper = DraftKeeper(doors, lambda: NOW, owner)
    found: list[str] = []
    keeper.found.connect(found.append)

    keeper.open("note/1")
    keeper.typed("new")
    with qtbot.waitSignal(keeper.kept):
        keeper.flush()

    assert found == []


def test_trouble_is_shown_at_the_field_it_names(theme: Theme, qtbot: QtBot) -> None:
    """The summary names the field and leads to it; trouble of no field stands in the summary alone."""
    summary = ErrorSummary(theme)
    box = QLineEdit()
    field = Field(theme, "Postcode", box)
    window = shown(qtbot, summary, field)
    faults = Faults(summary)
    faults.know("Postcode", field)

    faults.show(Trouble("It is empty.", "Type one.", "Postcode"))
    assert field.wrong == "It is empty. Type one."
    keys(Qt.Key.Key_Space)
    assert box.hasFocus()
    faults.show(Trouble("The disk is full.", "Make room."))

    assert field.wrong == ""
    assert window.isAncestorOf(summary)
    assert "The disk is full. Make room." in summary.accessibleName()


def test_a_line_can_be_acted_on(theme: Theme, qtbot: QtBot) -> None:
    """Its button says which line it belongs to, and the same lines shown again are not made again."""
    lines = LineItems(theme, "Tasks")
    window = shown(qtbot, lines)
    item = Item(id="7", icon="check", title="Ring the surveyor", acts=(("finish", "Done"),))
    lines.show_items([item])
    button = next(each for each in window.findChildren(QWidget) if each.accessibleName() == "Done: Ring the surveyor")
    lines.show_items([item])

    with qtbot.waitSignal(lines.acted) as asked:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    assert asked.args == ["7", "finish"]


def test_things_flow_onto_the_next_line(qtbot: QtBot) -> None:
    """What does not fit beside starts a new line; hidden things take no room."""
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(box, gap=10)
    things = [QWidget() for _ in range(3)]
    for thing in things:
        thing.setFixedSize(100, 20)
        flow.addWidget(thing)
    box.show()

    flow.setGeometry(QRect(0, 0, 215, 100))
    assert [(thing.x(), thing.y()) for thing in things] == [(0, 0), (110, 0), (0, 30)]
    assert (flow.heightForWidth(215), flow.heightForWidth(400)) == (50, 20)
    things[0].hide()
    assert flow.heightForWidth(215) == 20


def test_tab_follows_the_layout_not_the_order_of_making(qtbot: QtBot) -> None:
    """Tab goes left to right, top to bottom, whatever was made first, into scroll areas too."""
    last, second, first = QLineEdit(), QLineEdit(), QLineEdit()
    inside = QWidget()
    row = QHBoxLayout(inside)
    row.addWidget(first)
    row.addWidget(second)
    area = QScrollArea()
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    window = shown(qtbot, area, last)

    follow_layout(window)
    first.setFocus()
    keys(Qt.Key.Key_Tab)
    assert second.hasFocus()
    keys(Qt.Key.Key_Tab)

    assert last.hasFocus()


def test_a_sheet_scrolls_only_when_its_words_need_it(theme: Theme, qtbot: QtBot) -> None:
    """Words that wrap do not ask for the height of a column one word wide."""
    sheet = Sheet()
    column = QVBoxLayout(sheet)
    for _ in range(6):
        column.addWidget(label("A sentence that takes one line in a window of this width.", wraps=True))
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(sheet)
    window = shown(qtbot, area)

    window.resize(600, 300)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    window.resize(160, 200)

    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)

"""The main window: going about, keys, room, and what reaches the screens."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from almoner.desktop.help_sheet import HelpSheet
from almoner.desktop.navigation import initials
from almoner.desktop.screen import Room, Target, room_of
from almoner.desktop.top_bar import SyncState
from almoner.records.trouble import Trouble
from tests.desktop.pretend import World
from tests.desktop.pretend_screens import PretendCases

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("key", "opens"), [(Qt.Key.Key_1, "cases"), (Qt.Key.Key_2, "people"), (Qt.Key.Key_5, "sync"), (Qt.Key.Key_N, "new")]
)
def test_sections_open_by_key(window: World, qtbot: QtBot, key: Qt.Key, opens: str) -> None:
    """Ctrl and a number opens a section, Ctrl+N a new case."""
    window.shell.go(Target("letters"))

    qtbot.keyClick(window.shell, key, CTRL)

    assert window.shell.current.screen == opens
    assert window.shell.navigation.button("cases").isChecked() == (opens in ("cases", "new"))


def test_escape_goes_back_the_way_one_came(window: World, qtbot: QtBot) -> None:
    """Escape goes back screen by screen, and stops at the first."""
    for screen in ("people", "letters"):
        window.shell.go(Target(screen))

    seen = []
    for _ in range(4):
        qtbot.keyClick(window.shell, Qt.Key.Key_Escape)
        seen.append(window.shell.current.screen)

    assert seen == ["people", "cases", "cases", "cases"]


def test_f6_goes_round_the_panes(window: World, qtbot: QtBot) -> None:
    """F6 moves the keyboard from pane to pane and round again."""
    screen = window.shell.screen_open
    assert isinstance(screen, PretendCases)
    screen.list.setFocus()
    seen = []
    for _ in range(5):
        qtbot.keyClick(window.shell, Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())

    assert seen[0] is screen.timeline
    assert seen[1] is screen.side
    assert seen[2] is window.shell.navigation.button("cases")
    assert seen[3] is window.shell.search
    assert seen[4] is screen.list


@pytest.mark.parametrize(
    ("width", "percent", "room"),
    [
        (1440, 100, Room.WIDE),
        (1179, 100, Room.MEDIUM),
        (999, 100, Room.NARROW),
        (759, 100, Room.ONE_PANE),
        (1440, 150, Room.NARROW),
        (1440, 200, Room.ONE_PANE),
        (2360, 200, Room.WIDE),
    ],
)
def test_room_goes_by_width_and_text_size(width: int, percent: int, room: Room) -> None:
    """Large text takes room as a narrow window does."""
    assert room_of(width, percent) is room


def test_panes_give_way_in_a_narrow_window(window: World, qtbot: QtBot) -> None:
    """The side panel goes first, then the words of the navigation, then the list; the window can be made small."""
    screen = window.shell.screen_open
    assert isinstance(screen, PretendCases)
    seen = {}
    for width in (1440, 1100, 900, 500):
        window.shell.resize(width, 700)
        QApplication.processEvents()
        seen[width] = screen.side.isVisible(), not window.shell.navigation.is_rail, screen.left.isVisible()

    assert seen == {
        1440: (True, True, True),
        1100: (False, True, True),
        900: (False, False, True),
        500: (False, False, False),
    }
    assert window.shell.width() == 500


def test_only_screens_that_show_a_kind_are_refreshed(window: World, qtbot: QtBot) -> None:
    """A change reaches the screen in front if it shows that kind; one behind is read again when it comes forward."""
    screen = window.shell.screen_open
    assert isinstance(screen, PretendCases)

    window.doors.touched.emit(frozenset({"person"}))
    window.doors.touched.emit(frozenset({"case", "person"}))
    window.shell.go(Target("people"))
    window.doors.touched.emit(frozenset({"case"}))

    assert screen.refreshed == [frozenset({"case"})]
    assert screen.is_stale


def test_lock_is_one_key(window: World, qtbot: QtBot) -> None:
    """Ctrl+L asks the wiring to lock."""
    qtbot.keyClick(window.shell, Qt.Key.Key_L, CTRL)

    assert window.locked == [1]


def test_blank_hides_everything_at_once(window: World, qtbot: QtBot) -> None:
    """A blanked window shows nothing, answers to no key and has emptied the clipboard."""
    QApplication.clipboard().setText("07700 900417")

    window.shell.blank()
    qtbot.keyClick(window.shell, Qt.Key.Key_2, CTRL)
    qtbot.keyClick(window.shell, Qt.Key.Key_Escape)

    assert window.shell.current.screen == "cases"
    assert not window.shell.screen_open.isVisible()
    assert QApplication.clipboard().text() == ""


def test_window_title_tells_nothing(window: World) -> None:
    """The title, which task bars and screen shares show, holds no person and no case."""
    window.shell.go(Target("cases", "case-7"))

    assert window.shell.windowTitle() == "Almoner"


def test_trouble_nobody_took_is_shown(window: World, qtbot: QtBot) -> None:
    """Trouble given to the presenter stands above the screen, in words, until it is closed."""
    window.presenter.present(Trouble("The disk is full.", "Free some space."))
    shown = window.shell.banner.accessibleName()
    qtbot.keyClick(window.shell, Qt.Key.Key_Escape)

    assert shown == "The disk is full. Free some space."
    assert not window.shell.banner.isVisible()


def test_help_lists_every_key(window: World, qtbot: QtBot) -> None:
    """The sheet opens on F1 and names each command that has a shortcut."""
    qtbot.keyClick(window.shell, Qt.Key.Key_F1)
    sheet = window.shell.findChild(HelpSheet)
    texts = {words.text() for words in sheet.findChildren(QLabel)}
    sheet.close()

    assert {command.title for command in window.commands.all() if command.shortcut} <= texts


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SyncState(waiting=3), "Offline, 3 to send"),
        (SyncState(), "Offline, all sent"),
        (SyncState(is_online=True), "All sent"),
        (SyncState(is_online=True, waiting=1204), "1,204 to send"),
        (SyncState(is_online=True, waiting=3, is_sending=True), "Sending 3…"),
        (SyncState(is_online=True, to_review=2), "2 to review"),
    ],
)
def test_sync_is_said_in_words(window: World, state: SyncState, words: str) -> None:
    """Whether work is sent is told in words, which a screen reader hears too."""
    window.shell.show_sync(state)

    assert window.shell.top.sync.accessibleName() == words


def test_badges_are_spoken(window: World) -> None:
    """How many things wait in a section is part of its name."""
    window.shell.navigation.set_badge("letters", 3)

    assert window.shell.navigation.button("letters").accessibleName() == "Letters, 3 waiting"


def test_arrows_move_in_the_navigation(window: World, qtbot: QtBot) -> None:
    """In the navigation the arrow keys move, and space opens."""
    window.shell.navigation.set_focus()

    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)

    assert window.shell.current.screen == "people"


def test_text_grows_by_key(window: World, qtbot: QtBot) -> None:
    """Ctrl and plus makes the text larger, Ctrl+0 brings it back."""
    qtbot.keyClick(window.shell, Qt.Key.Key_Plus, CTRL)
    larger = window.theme.percent
    qtbot.keyClick(window.shell, Qt.Key.Key_0, CTRL)

    assert (larger, window.theme.percent) == (125, 100)


@pytest.mark.parametrize(
    ("name", "letters"), [("Priya Nair", "PN"), ("Cher", "C"), ("Ann Marie O'Neill", "AO"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    """First and last initial; nothing for no name."""
    assert initials(name) == letters

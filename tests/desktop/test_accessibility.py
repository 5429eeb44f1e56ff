"""The whole window can be named, reached, seen and read."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import CHOICES, Choice
from almoner.desktop.screen import Target
from tests.desktop.accessibility import clipped, nameless, small_targets, walk
from tests.desktop.look.test_tokens import contrast
from tests.desktop.pretend import World, delete
from tests.desktop.pretend_screens import PretendCases


def test_everything_has_a_name(window: World) -> None:
    """Each control a screen reader comes to says what it is (WCAG 4.1.2)."""
    assert nameless(window.shell) == []


def test_the_walk_finds_a_nameless_button(window: World) -> None:
    """The check itself can fail: a button without words is found."""
    QPushButton(window.top_parent()).show()

    assert nameless(window.shell) == ["Button in QPushButton"]


def test_lists_are_walked_as_one(window: World) -> None:
    """A list of a million rows is one thing to the walk, and its rows speak whole phrases."""
    screen = window.shell.screen_open
    assert isinstance(screen, PretendCases)
    roles = [thing.role() for thing in walk(window.shell)]

    spoken = screen.model.data(screen.model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)

    assert roles.count(QAccessible.Role.Table) == 1
    assert roles.count(QAccessible.Role.List) == 1
    assert QAccessible.Role.Cell not in roles
    assert spoken == "Emeka Miah, Pothole outside school, 3 days overdue, reference AL-26347514"


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_targets_are_large_enough(window: World, percent: int) -> None:
    """Everything that can be clicked is at least 24 by 24 pixels (WCAG 2.5.8)."""
    window.theme.resize_text(percent)
    QApplication.processEvents()

    assert small_targets(window.shell) == []


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_nothing_is_cut_off_at_any_text_size(window: World, qtbot: QtBot, percent: int) -> None:
    """At 200 % in a window 1280 wide no label is cut off, and the window stays the size it was given."""
    window.shell.resize(1280, 900)
    window.theme.resize_text(percent)
    QApplication.processEvents()
    QApplication.processEvents()

    assert clipped(window.shell) == []
    assert (window.shell.width(), window.shell.height()) == (1280, 900)


def test_the_clip_check_finds_a_cut_label(window: World) -> None:
    """The check itself can fail: a label squeezed to a few pixels is found."""
    words = QLabel("These words are longer than their room", window.top_parent())
    words.setGeometry(0, 0, 40, 20)
    words.show()

    assert len(clipped(window.shell)) == 1


def test_tab_reaches_everything(window: World, qtbot: QtBot) -> None:
    """Tab alone comes to every control, and round to the first again: nothing is out of reach, nothing traps."""
    shell = window.shell
    wanted = {
        widget
        for widget in shell.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.window() is shell
    }
    grouped = {button for button in wanted if getattr(button, "group", lambda: None)() is not None}
    shell.search.setFocus()
    reached: set[QWidget] = set()
    for _ in range(len(wanted) + 5):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)

    assert wanted - grouped - reached == set()
    assert shell.search in reached
    assert grouped & reached


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice != "system"])
def test_placeholders_can_be_read(window: World, choice: Choice) -> None:
    """The ink of a placeholder, measured in the picture, has 4.5:1 on its ground in every theme."""
    window.theme.choose(choice)
    box = QLineEdit(window.top_parent())
    note = QPlainTextEdit(window.top_parent())
    for edit in (box, note):
        edit.setPlaceholderText("MMMMMMMMMM")
        edit.setGeometry(0, 0, 300, 60)
        edit.show()
        picture = edit.grab().toImage()
        ground, ink = _extremes(picture)

        assert contrast(ground, ink) >= 4.5, type(edit).__name__


def _extremes(picture: QImage) -> tuple[str, str]:
    """Return the ground of a picture's middle and the colour there that differs most from it."""
    inner = picture.copy(picture.rect().adjusted(6, 6, -6, -6))
    ground = inner.pixelColor(QPoint(inner.width() - 2, inner.height() - 2)).name()
    colours = {inner.pixelColor(x, y).name() for x in range(inner.width()) for y in range(inner.height())}
    return ground, max(colours, key=lambda colour: contrast(colour, ground))


def test_first_paint_needs_no_heavy_module() -> None:
    """Showing the window imports neither letters, numbers, network nor migrations: they would cost the start."""
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from tests.desktop.pretend import world\n"
        "app = QApplication([])\n"
        "with world(app) as made:\n"
        "    made.shell.show()\n"
        "    app.processEvents()\n"
        "heavy = 'reportlab numpy httpx sqlalchemy.orm pypdfium2 alembic PIL asyncio'.split()\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.strip() == "[]"


def test_qt_keeps_the_references_to_none(window: World) -> None:
    """A thousand calls that return None lose no reference to it: one release of PySide6 did, and crashed."""
    widget = QWidget()
    before = sys.getrefcount(None)
    for _ in range(1_000):
        widget.update()
        widget.setToolTip("")
    after = sys.getrefcount(None)
    delete(widget)

    assert after > before - 500


def test_table_cells_speak_their_column(window: World, qtbot: QtBot) -> None:
    """In the wide list each cell says which column it is; the first says the whole row."""
    window.shell.go(Target("people"))
    table = window.shell.screen_open.findChild(QTableView)
    model = table.model()
    qtbot.waitUntil(lambda: model.rowCount() == 812)
    role = Qt.ItemDataRole.AccessibleTextRole

    spoken = [model.data(model.index(2, column), role) for column in (0, 3, 5)]

    assert spoken == [
        "Sunita Nowak, Homelessness prevention, 1 day overdue, reference AL-26347240",
        "Service: Homelessness prevention, Housing",
        "Owner: Unassigned",
    ]

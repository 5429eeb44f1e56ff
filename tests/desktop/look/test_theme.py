"""The look can be changed while the window is open."""

from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import DARK, LIGHT
from almoner.outside.resources import resources_dir


def test_flip_goes_dark_and_back(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    """Light and dark can be changed while the program runs, and everyone is told."""
    with qtbot.waitSignal(theme.changed):
        theme.flip()
    dark = qapp.palette().window().color().name()
    theme.flip()

    assert dark == DARK.page
    assert qapp.palette().window().color().name() == LIGHT.page


def test_text_size_is_held_within_bounds(theme: Theme) -> None:
    """Text goes from 100 to 200 percent and no further, and sizes follow it."""
    theme.resize_text(900)
    largest = theme.percent, theme.look.px(10), theme.look.font(14).pixelSize()
    theme.resize_text(10)

    assert largest == (200, 20, 28)
    assert theme.percent == 100


def test_window_uses_the_bundled_font(theme: Theme) -> None:
    """The screen is set in Inter from our own files, whatever the machine has."""
    assert theme.look.fonts.family == "Inter"
    assert QFontInfo(theme.look.font(14)).family() == "Inter"


def test_every_icon_can_be_drawn(theme: Theme) -> None:
    """Each icon file we ship draws something in the tint asked for."""
    for file in sorted((resources_dir() / "icons").glob("*.svg")):
        image = theme.look.pixmap(file.stem, "#ff0000", 24, 1.0).toImage()
        inked = sum(image.pixelColor(x, y).alpha() > 0 for x in range(24) for y in range(24))

        assert inked > 10, file.stem


def test_icons_are_drawn_once(theme: Theme) -> None:
    """The same icon in the same tint and size is drawn once and kept."""
    first = theme.look.pixmap("plus", "#ff0000", 18, 1.0)

    assert theme.look.pixmap("plus", "#ff0000", 18, 1.0) is first
    assert theme.look.pixmap("plus", "#00ff00", 18, 1.0) is not first

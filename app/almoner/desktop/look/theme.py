"""The look in force: which colours, what text size; applied to the whole application and changed while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from almoner.desktop.look.fonts import Fonts, load_family
from almoner.desktop.look.icons import Icons
from almoner.desktop.look.palette import palette_of
from almoner.desktop.look.qss import sheet_of
from almoner.desktop.look.style import AlmonerStyle
from almoner.desktop.look.tokens import DARK, HIGH_CONTRAST, LIGHT, Ink, Tokens, Tone

Choice = Literal["system", "light", "dark", "contrast"]
CHOICES: tuple[Choice, ...] = ("system", "light", "dark", "contrast")
SMALLEST_PERCENT, LARGEST_PERCENT, PERCENT_STEP = 100, 200, 25

REGULAR = QFont.Weight.Normal
MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
BOLD = QFont.Weight.Bold

_SHARP = 2.0
"""Buttons' icons are drawn at twice their size, so that they stay sharp on dense screens."""

_THEMES: Mapping[Choice, Tokens] = MappingProxyType({"light": LIGHT, "dark": DARK, "contrast": HIGH_CONTRAST})


@lru_cache(maxsize=256)
def colour(hex_code: str) -> QColor:
    """Return a token as a QColor, made once because delegates ask for every row."""
    return QColor(hex_code)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a painter needs: colours, the scale, fonts and icons."""

    tokens: Tokens
    percent: int
    fonts: Fonts
    icons: Icons

    def px(self, size: float) -> int:
        """Return design pixels as logical pixels at the chosen text size."""
        return round(size * self.percent / 100)

    def ink(self, tone: Tone) -> Ink:
        """Return the colours of a tag."""
        return self.tokens.tones[tone]

    def font(self, size: int, weight: QFont.Weight = REGULAR, *, figures: bool = False) -> QFont:
        """Return a font of `size` design pixels."""
        return self.fonts.get(size, weight, figures=figures)

    def icon(self, name: str, hex_code: str, size: int = 18) -> QIcon:
        """Return a tinted icon of `size` design pixels for a button or a menu."""
        side = self.px(size)
        made = QIcon(self.icons.pixmap(name, hex_code, side, _SHARP))
        made.addPixmap(self.icons.pixmap(name, self.tokens.hint, side, _SHARP), QIcon.Mode.Disabled)
        return made

    def pixmap(self, name: str, hex_code: str, size: int, ratio: float) -> QPixmap:
        """Return a tinted icon of `size` design pixels for painting at device pixel ratio `ratio`."""
        return self.icons.pixmap(name, hex_code, self.px(size), ratio)


class Theme(QObject):
    """Holds the look in force and says when it changed. One is made at start and passed to every part."""

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, *, choice: Choice = "system", percent: int = 100) -> None:
        """Load fonts and icons from `resources` and dress the application."""
        super().__init__()
        self._app = app
        self._family = load_family(resources / "fonts")
        self._icons = Icons(resources / "icons")
        self._choice: Choice = choice
        self._percent = _within(percent)
        self.look = self._make()
        self._dress()
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def choice(self) -> Choice:
        """The worker's choice of colours."""
        return self._choice

    @property
    def percent(self) -> int:
        """The text size, 100 to 200."""
        return self._percent

    def choose(self, choice: Choice) -> None:
        """Change the colours of every open window."""
        self._choice = choice
        self._renew()

    def resize_text(self, percent: int) -> None:
        """Change the text size of every open window; held between 100 and 200."""
        self._percent = _within(percent)
        self._renew()

    def flip(self) -> None:
        """Go from light to dark or back; out of high contrast to light."""
        self.choose("light" if self.look.tokens.is_dark else "dark")

    def stop(self) -> None:
        """Stop following the system."""
        self._app.styleHints().colorSchemeChanged.disconnect(self._system_changed)

    def tokens(self) -> Tokens:
        """Return the colours the choice stands for just now."""
        if self._choice == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return _THEMES[self._choice]

    def _make(self) -> Look:
        """Put together the look of the present choice and size."""
        return Look(self.tokens(), self._percent, Fonts(self._family, self._percent), self._icons)

    def _system_changed(self) -> None:
        """Follow the system into light or dark when the worker left it to the system."""
        if self._choice == "system":
            self._renew()

    def _renew(self) -> None:
        """Make the new look, dress the application in it and tell the parts that paint themselves."""
        self.look = self._make()
        self._dress()
        self.changed.emit()

    def _dress(self) -> None:
        """Give the application its style, palette, font and style sheet."""
        look = self.look
        self._app.setStyle(AlmonerStyle(look.tokens, look.percent))
        self._app.setPalette(palette_of(look.tokens))
        self._app.setFont(look.font(14))
        self._app.setStyleSheet(sheet_of(look.tokens, look.px, look.fonts.family))


def mark(widget: QWidget, kind: str) -> None:
    """Give a widget the kind by which the style sheet dresses it, such as `title`, `card` or `go`."""
    widget.setProperty("kind", kind)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _within(percent: int) -> int:
    """Hold a text size between the smallest and the largest we lay out for."""
    return min(LARGEST_PERCENT, max(SMALLEST_PERCENT, percent))

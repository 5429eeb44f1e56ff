"""A text to read in which the words that differ are marked: by weight and a line under them, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from almoner.desktop.look.theme import Theme, colour
from almoner.desktop.look.tokens import Tone
from almoner.rules.settling import Part

_MOST_SPOKEN = 4_000


class Difference(QTextEdit):
    """As high as its words; the keyboard reaches it, so that it can be read and copied. Words are never markup."""

    def __init__(self, theme: Theme, name: str, *, tone: Tone = "yellow", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._tone = theme, tone
        self._parts: tuple[Part, ...] = ()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.call(name)
        theme.changed.connect(self._write)

    def call(self, name: str) -> None:
        """Say what it is to a screen reader."""
        self.setAccessibleName(name)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is shown."""
        return self._parts

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these words."""
        if tuple(parts) == self._parts:
            return
        self._parts = tuple(parts)
        changed = "; ".join(" ".join(part.words.split()) for part in parts if part.differs)
        said = "".join(part.words for part in parts)
        self.setAccessibleDescription(
            f"{said}. New words: {changed}"[:_MOST_SPOKEN] if changed else said[:_MOST_SPOKEN]
        )
        self._write()

    def _write(self) -> None:
        """Write the parts in the colours and the size of the look."""
        look, ink = self._theme.look, self._theme.look.ink(self._tone)
        plain, marked = QTextCharFormat(), QTextCharFormat()
        for form in (plain, marked):
            form.setFont(look.font(14))
            form.setForeground(colour(look.tokens.text))
        marked.setFontWeight(QFont.Weight.DemiBold)
        marked.setFontUnderline(True)
        marked.setBackground(colour(ink.back))
        marked.setForeground(colour(ink.text))
        self.clear()
        cursor = QTextCursor(self.document())
        for part in self._parts:
            cursor.insertText(part.words, marked if part.differs else plain)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the words are at this width."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """Ask for the height the words need."""
        return QSize(self._theme.look.px(160), self.height())

    def minimumSizeHint(self) -> QSize:
        """Shrink sideways as far as it must."""
        return QSize(0, self.height())

    def _fit(self) -> None:
        """Take the height of the words."""
        self.document().setTextWidth(max(1, self.viewport().width()))
        high = max(self._theme.look.px(22), round(self.document().size().height()) + 2)
        if self.height() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)

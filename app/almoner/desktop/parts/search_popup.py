"""The box at the top that finds people, cases and commands, and the results that drop from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from almoner.desktop.commands import Commands, shortcut_text
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import REGULAR, SEMIBOLD, Theme, colour
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.rows import ROW_ROLE
from almoner.desktop.parts.tags import draw_tag, tag_height, tag_width
from almoner.records.trouble import Trouble

Index = QModelIndex | QPersistentModelIndex

DEBOUNCE_MS = 120
COMMAND_SIGN = ">"
MOST_HITS = 20
_ROW = 50
_HEADING = 30
_NOWHERE = QModelIndex()
_NOTHING = "Nobody and no case found. Try part of a name, a postcode, a phone number or a reference."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found. `kind` and `id` say what to open; the rest is what is shown and spoken."""

    kind: str
    id: str
    title: str
    second: str = ""
    icon: str = "user"
    tag: str = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits under a heading: Residents, Cases, Commands."""

    title: str
    hits: tuple[Hit, ...]


Find = Callable[[str], Callable[[Any], tuple[HitGroup, ...]]]
"""Given the words typed, returns the job that finds groups of hits on a reader thread."""


class _HitsModel(QAbstractListModel):
    """Headings and hits in one column; headings cannot be chosen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: list[Hit | str] = []

    def show(self, groups: tuple[HitGroup, ...]) -> None:
        """Show other hits."""
        self.beginResetModel()
        self.lines.clear()
        for group in groups:
            if group.hits:
                self.lines.append(group.title)
                self.lines.extend(group.hits)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let only hits be chosen."""
        if isinstance(self.lines[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the line to paint, or its words."""
        line = self.lines[index.row()]
        if role == ROW_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(line, str):
                return line
            return ", ".join(part for part in (line.title, line.second, line.tag) if part)
        return None


class _HitDelegate(QStyledItemDelegate):
    """Paints a heading or a hit."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Headings are lower than hits."""
        return QSize(0, self._theme.look.px(_HEADING if isinstance(index.data(ROW_ROLE), str) else _ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one line."""
        look, tokens = self._theme.look, self._theme.look.tokens
        line: Hit | str = index.data(ROW_ROLE)
        area: QRect = option.rect
        painter.save()
        if isinstance(line, str):
            painter.setFont(look.font(13, SEMIBOLD))
            painter.setPen(colour(tokens.quiet))
            painter.drawText(area.adjusted(look.px(14), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, line)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(area, colour(tokens.selected))
                painter.fillRect(
                    QRect(area.left(), area.top(), look.px(4), area.height()), colour(tokens.selected_mark)
                )
            self._hit(painter, line, area)
        painter.restore()

    def _hit(self, painter: QPainter, hit: Hit, area: QRect) -> None:
        """Paint icon, title, second line and tag."""
        look, tokens = self._theme.look, self._theme.look.tokens
        side = look.px(19)
        at = QPointF(area.left() + look.px(16), area.top() + (area.height() - side) / 2)
        painter.drawPixmap(at, look.pixmap(hit.icon, tokens.accent, 19, self._view.devicePixelRatioF()))
        words = area.adjusted(look.px(48), 0, -look.px(14), 0)
        if hit.tag:
            width = tag_width(look, hit.tag)
            corner = QPointF(words.right() - width, area.top() + (area.height() - tag_height(look)) / 2)
            draw_tag(painter, look, corner, hit.tag, hit.tone)
            words.setRight(words.right() - width - look.px(10))
        line = look.px(20)
        top = area.top() + (area.height() - (2 * line if hit.second else line)) // 2
        for text, size, weight, hue, row in (
            (hit.title, 14, SEMIBOLD, tokens.text, 0),
            (hit.second, 13, REGULAR, tokens.quiet, 1),
        ):
            painter.setFont(look.font(size, weight))
            painter.setPen(colour(hue))
            shown = look.fonts.metrics(size, weight).elidedText(text, Qt.TextElideMode.ElideRight, words.width())
            place = QRect(words.left(), top + row * line, words.width(), line)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)


class SearchPopup(QFrame):
    """The results under the box. The keyboard stays in the box; arrows move in here."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = _HitsModel(self)
        self._list = QListView(self)
        self._list.setProperty("kind", "clear")
        self._list.setAccessibleName("Search results")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_HitDelegate(theme, self._list))
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.clicked.connect(self._clicked)
        self._note = label("", "quiet", wraps=True)
        self._note.setContentsMargins(14, 12, 14, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 6, 1, 6)
        column.setSpacing(0)
        column.addWidget(self._note)
        column.addWidget(self._list)
        self.hide()

    @property
    def hits(self) -> tuple[Hit, ...]:
        """What is shown."""
        return tuple(line for line in self._model.lines if isinstance(line, Hit))

    @property
    def note(self) -> str:
        """The words above the hits, when there are any."""
        return self._note.text()

    def show_groups(self, groups: tuple[HitGroup, ...], note: str = "") -> None:
        """Show hits, the first one chosen; or a note when there are none."""
        self._model.show(groups)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._list.setVisible(bool(self._model.lines))
        self._choose(0, 1)

    def wanted_height(self, most: int) -> int:
        """Return the height all lines need, at most `most`."""
        rows = sum(self._list.sizeHintForRow(at) for at in range(self._model.rowCount()))
        note = self._note.sizeHint().height() if self._note.text() else 0
        return min(most, rows + note + 16)

    def step(self, by: int) -> None:
        """Move the choice up or down, over headings and round the ends."""
        count = self._model.rowCount()
        if count:
            self._choose((self._list.currentIndex().row() + by) % count, by)

    def choose_current(self) -> None:
        """Open the hit that is chosen."""
        self._clicked(self._list.currentIndex())

    def _choose(self, at: int, by: int) -> None:
        """Choose the hit at a line, or the nearest one in the direction of `by`."""
        lines = self._model.lines
        for offset in range(len(lines)):
            place = (at + offset * (1 if by > 0 else -1)) % len(lines)
            if isinstance(lines[place], Hit):
                self._list.setCurrentIndex(self._model.index(place))
                return

    def _clicked(self, index: QModelIndex) -> None:
        """Say which hit was chosen."""
        line = index.data(ROW_ROLE) if index.isValid() else None
        if isinstance(line, Hit):
            self.chosen.emit(line)


class SearchBox(QLineEdit):
    """The one box: words find residents and cases, words after ">" find commands. Results come off the UI thread."""

    chosen = Signal(object)
    """The `Hit` that was chosen."""

    def __init__(self, theme: Theme, doors: Doors, commands: Commands, find: Find, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._doors = doors
        self._commands = commands
        self._find = find
        self._window = window
        self.setProperty("kind", "search")
        self.setAccessibleName("Search residents, cases and addresses")
        self.setAccessibleDescription(f"Type {COMMAND_SIGN} for commands. Arrow keys move in the results.")
        self.setPlaceholderText("Search residents, cases and addresses")
        self.setMaxLength(200)
        self.setMinimumWidth(0)
        self._icon = Icon(theme, "search", tint="text", size=19, parent=self)
        self._keys = QLabel(shortcut_text("Ctrl+K"), self)
        self._keys.setProperty("kind", "key")
        self.popup = SearchPopup(theme, window)
        self.popup.chosen.connect(self._open)
        self._wait = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._wait.timeout.connect(self._ask)
        self.textEdited.connect(self._typed)
        window.installEventFilter(self)

    def _typed(self, text: str) -> None:
        """Wait for a pause in the typing; commands are here already and need none."""
        self._lay_out()
        if text.startswith(COMMAND_SIGN):
            self._wait.stop()
            self._show_commands(text.removeprefix(COMMAND_SIGN))
        elif text.strip():
            self._wait.start()
        else:
            self._wait.stop()
            self.popup.hide()

    def _ask(self) -> None:
        """Look for what was typed; a newer question drops this one."""
        words = self.text().strip()
        if words and not words.startswith(COMMAND_SIGN):
            self._doors.read(self._find(words), done=self._found, trouble=self._failed, key=(id(self), "search"))

    def _found(self, groups: tuple[HitGroup, ...]) -> None:
        """Show what was found, with the commands that fit under it."""
        if not self.text().strip() or not self.hasFocus():
            return
        commands = self._command_group(self.text(), 3)
        note = (
            ""
            if any(group.hits for group in groups)
            else "Nobody and no case found. Try part of a name, a postcode, a phone number or a reference."
        )
        self._drop((*groups, commands), note)

    def _failed(self, trouble: Trouble) -> None:
        """Say in the results why nothing could be found."""
        self._drop((), f"{trouble.what} {trouble.do}")

    def _show_commands(self, words: str) -> None:
        """Show the commands that fit."""
        group = self._command_group(words, 12)
        self._drop((group,), "" if group.hits else "No command has that name.")

    def _command_group(self, words: str, limit: int) -> HitGroup:
        """Return the commands that fit as hits."""
        return HitGroup(
            "Commands",
            tuple(
                Hit(
                    kind="command",
                    id=command.id,
                    title=command.title,
                    icon=command.icon or "command",
                    tag=shortcut_text(command.shortcut),
                )
                for command in self._commands.matching(words, limit)
            ),
        )

    def _drop(self, groups: tuple[HitGroup, ...], note: str) -> None:
        """Let the results drop from the box."""
        self.popup.show_groups(groups, note)
        self._place()
        self.popup.show()
        self.popup.raise_()

    def _place(self) -> None:
        """Lie under the box, no wider and no lower than the window."""
        look = self._theme.look
        corner = self.mapTo(self._window, QPoint(0, self.height() + look.px(4)))
        width = min(max(self.width(), look.px(420)), self._window.width() - corner.x() - 8)
        most = self._window.height() - corner.y() - look.px(16)
        self.popup.setGeometry(corner.x(), corner.y(), width, self.popup.wanted_height(most))

    def _open(self, hit: Hit) -> None:
        """Put the results away and open what was chosen."""
        self.leave()
        if hit.kind == "command":
            self._commands.run(hit.id)
        else:
            self.chosen.emit(hit)

    def leave(self) -> None:
        """Empty the box and put the results away."""
        self._wait.stop()
        self.clear()
        self._lay_out()
        self.popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in the results, Enter opens, Escape backs out."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            if not self.text() and not self.popup.isVisible():
                event.ignore()
                return
            self.leave()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.popup.isVisible():
            self.popup.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.popup.isVisible():
                self.popup.choose_current()
            else:
                self._ask()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep icon and key hint in their places."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Polish, QEvent.Type.StyleChange):
            self._lay_out()
        elif event.type() == QEvent.Type.FocusOut and hasattr(self, "popup"):
            self.popup.hide()
        return super().event(event)

    def _lay_out(self) -> None:
        """Place the icon at the left and the key hint at the right."""
        if not hasattr(self, "_keys"):
            return
        self._icon.resize(self._icon.sizeHint())
        self._icon.move(self._theme.look.px(12), (self.height() - self._icon.height()) // 2)
        self._keys.setVisible(not self.text() and self.width() > self._theme.look.px(400))
        self._keys.adjustSize()
        self._keys.move(self.width() - self._keys.width() - 8, (self.height() - self._keys.height()) // 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the results under the box when the window changes size."""
        if event.type() == QEvent.Type.Resize and self.popup.isVisible():
            self._place()
        return False

"""Pages of paper on the screen, one under the other, exactly as they will print; drawn off the UI thread.

Only the pages in sight and one either side are kept as pictures, so a long paper costs what a short one does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import SEMIBOLD, Theme, colour
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label

if TYPE_CHECKING:
    from almoner.paper.pictures import PagePicture
    from almoner.paper.profiles import Zone
    from almoner.store.reading import Reading

Size = tuple[float, float]

MM_PT = 72 / 25.4
SMALLEST, LARGEST, STEP = 0.25, 4.0, 1.25
SCREEN_DPI = 96
_GAP = 20
_FINEST_DPI = 400
_MOST_SPOKEN = 4_000


class PagesView(QAbstractScrollArea):
    """The pages. Page Up and Page Down go a page at a time, + and - zoom, 0 fits the width again."""

    moved = Signal(int, int)
    """The page in sight, from 1, and how many there are."""
    zoomed = Signal()

    def __init__(self, theme: Theme, doors: Doors, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._doors, self._name = theme, doors, name
        self._pdf = b""
        self._sizes: tuple[Size, ...] = ()
        self._pictures: dict[int, QImage] = {}
        self._stale: set[int] = set()
        self._asked: dict[int, float] = {}
        self._window: Zone | None = None
        self._zoom = 0.0
        self._is_measured = True
        self.shows_window = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setMinimumSize(0, 0)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(lambda _at: self.viewport().update())
        theme.changed.connect(self._relay)

    # What screens use

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._sizes)

    @property
    def page(self) -> int:
        """The page in sight, from 1; 0 when there is none."""
        middle = self.verticalScrollBar().value() + self.viewport().height() / 3
        for number in range(self.count):
            if middle < self._top(number) + self._high(number) + self._gap:
                return number + 1
        return self.count

    @property
    def drawn(self) -> frozenset[int]:
        """The pages, from 1, whose pictures are here and up to date."""
        return frozenset(number + 1 for number in self._pictures if number not in self._stale)

    def picture_width(self, page: int) -> int:
        """How many pixels wide a page, from 1, is drawn; 0 when it is not here."""
        picture = self._pictures.get(page - 1)
        return picture.width() if picture is not None else 0

    @property
    def percent(self) -> int:
        """How large the pages are; 100 is the size of the paper."""
        return round(self._scale * 72 / SCREEN_DPI * 100)

    @property
    def fits_width(self) -> bool:
        """Whether the pages follow the width of the pane."""
        return self._zoom == 0.0

    def show_pdf(self, pdf: bytes, *, text: str = "", window: Zone | None = None) -> None:
        """Show a paper. The old one stays in sight until the new one is drawn; `text` is what is read aloud."""
        self._window = window
        self.setAccessibleDescription(text[:_MOST_SPOKEN])
        if pdf == self._pdf:
            self.viewport().update()
            return
        self._pdf = pdf
        self._stale = set(self._pictures)
        self._asked.clear()
        self._is_measured = False
        if pdf:
            self._doors.read(_sizer(pdf), done=self._sized, key=(id(self), "sizes"))
        else:
            self._sized(())

    def go_to(self, page: int) -> None:
        """Bring a page, from 1, to the top."""
        number = min(max(page, 1), self.count) - 1
        if number >= 0:
            self.verticalScrollBar().setValue(round(self._top(number) - self._gap / 2))

    def zoom_by(self, factor: float) -> None:
        """Draw the pages larger or smaller."""
        self._zoom = min(LARGEST, max(SMALLEST, self._scale * 72 / SCREEN_DPI * factor))
        self._relay()

    def fit_width(self) -> None:
        """Let the pages follow the width of the pane."""
        self._zoom = 0.0
        self._relay()

    def show_window(self, *, is_shown: bool) -> None:
        """Outline what shows in the envelope's window on the first page."""
        self.shows_window = is_shown
        self.viewport().update()

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by pages and zoom; arrows scroll."""
        acts: dict[int, Callable[[], None]] = {
            Qt.Key.Key_PageDown: lambda: self.go_to(self.page + 1),
            Qt.Key.Key_PageUp: lambda: self.go_to(self.page - 1),
            Qt.Key.Key_Home: lambda: self.go_to(1),
            Qt.Key.Key_End: lambda: self.go_to(self.count),
            Qt.Key.Key_Plus: lambda: self.zoom_by(STEP),
            Qt.Key.Key_Equal: lambda: self.zoom_by(STEP),
            Qt.Key.Key_Minus: lambda: self.zoom_by(1 / STEP),
            Qt.Key.Key_0: self.fit_width,
        }
        act = acts.get(event.key())
        if act is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
            return
        act()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(STEP if event.angleDelta().y() > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._relay()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the pages in sight."""
        look = self._theme.look
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.viewport().rect(), colour(look.tokens.panel))
        for number in self._in_sight():
            self._draw(painter, number)
        painter.end()

    # Laying out

    @property
    def _gap(self) -> int:
        return self._theme.look.px(_GAP)

    @property
    def _scale(self) -> float:
        """Logical pixels per point."""
        if self._zoom:
            return self._zoom * SCREEN_DPI / 72
        widest = max((wide for wide, _ in self._sizes), default=595.0)
        room = max(80, self.viewport().width() - 2 * self._gap)
        return min(room / widest, SCREEN_DPI / 72 * self._theme.percent / 100 * 1.15)

    def _high(self, number: int) -> float:
        return self._sizes[number][1] * self._scale

    def _top(self, number: int) -> float:
        """The top of a page from the top of all, in logical pixels."""
        return self._gap + sum(high for _, high in self._sizes[:number]) * self._scale + number * self._gap

    def _area(self, number: int) -> QRectF:
        """Where a page lies in the viewport."""
        wide = self._sizes[number][0] * self._scale
        left = max(self._gap, (self.viewport().width() - wide) / 2) - self.horizontalScrollBar().value()
        return QRectF(left, self._top(number) - self.verticalScrollBar().value(), wide, self._high(number))

    def _in_sight(self) -> list[int]:
        """The pages of which something shows."""
        room = QRectF(self.viewport().rect())
        return [number for number in range(self.count) if self._area(number).intersects(room)]

    def _relay(self) -> None:
        """Set the scroll bars for the size, and draw what is in sight anew."""
        high = self._top(self.count) if self.count else 0
        wide = max((wide for wide, _ in self._sizes), default=0.0) * self._scale + 2 * self._gap
        room = self.viewport().size()
        up, across = self.verticalScrollBar(), self.horizontalScrollBar()
        up.setPageStep(room.height())
        up.setSingleStep(self._theme.look.px(40))
        up.setRange(0, max(0, round(high) - room.height()))
        across.setPageStep(room.width())
        across.setRange(0, 0 if self.fits_width else max(0, round(wide) - room.width()))
        self._want()
        self.viewport().update()
        self.zoomed.emit()
        self._tell()

    # Drawing

    def _draw(self, painter: QPainter, number: int) -> None:
        """Draw one page: the paper, its picture if it is here, an edge, and the window."""
        look, area = self._theme.look, self._area(number)
        painter.fillRect(area, Qt.GlobalColor.white)
        picture = self._pictures.get(number)
        if picture is not None:
            painter.drawImage(area, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(look.tokens.card_edge), 1))
        painter.drawRect(area)
        if number == 0 and self.shows_window and self._window is not None:
            self._draw_window(painter, area, self._window)

    def _draw_window(self, painter: QPainter, page: QRectF, zone: Zone) -> None:
        """Outline the window of the envelope and say what the outline is."""
        look, mm = self._theme.look, MM_PT * self._scale
        box = QRectF(page.left() + zone.left * mm, page.top() + zone.top * mm, zone.width * mm, zone.height * mm)
        painter.setPen(QPen(colour(look.ink("blue").text if not look.tokens.is_dark else look.tokens.accent), 2))
        painter.drawRoundedRect(box, 6, 6)
        words = "Shows in the window"
        font = look.font(12, SEMIBOLD)
        metrics = look.fonts.metrics(12, SEMIBOLD)
        high, wide = look.px(20), metrics.horizontalAdvance(words) + look.px(14)
        tab = QRectF(box.left(), box.bottom() - high, wide, high)
        painter.fillRect(tab, colour(look.tokens.accent))
        painter.setPen(colour(look.tokens.on_accent))
        painter.setFont(font)
        painter.drawText(tab, Qt.AlignmentFlag.AlignCenter, words)

    def _scrolled(self, _at: int) -> None:
        """Draw what came into sight."""
        self._want()
        self.viewport().update()
        self._tell()

    def _want(self) -> None:
        """Ask for the pictures of the pages in sight and beside them; let go of the others."""
        seen = self._in_sight()
        if not seen or not self._pdf or not self._is_measured:
            return
        near = range(max(0, seen[0] - 1), min(self.count, seen[-1] + 2))
        for far in [number for number in self._pictures if number not in near]:
            del self._pictures[far]
            self._stale.discard(far)
        dpi = min(_FINEST_DPI, 72 * self._scale * self.devicePixelRatioF())
        for number in near:
            if self._needs(number, dpi) and self._asked.get(number) != dpi:
                self._asked[number] = dpi
                self._doors.read(
                    _drawer(self._pdf, number, dpi),
                    done=_Taker(self, self._pdf, number, dpi).take,
                    key=(id(self), number),
                    owner=self,
                )

    def _needs(self, number: int, dpi: float) -> bool:
        """Whether a page must be drawn, or drawn finer or coarser."""
        picture = self._pictures.get(number)
        if picture is None or number in self._stale:
            return True
        return abs(picture.width() - self._sizes[number][0] / 72 * dpi) > 2

    def take(self, pdf: bytes, number: int, dpi: float, picture: PagePicture) -> None:
        """Put in a page that was drawn, unless another paper is shown by now."""
        if self._asked.get(number) == dpi:
            del self._asked[number]
        if pdf is not self._pdf or number >= self.count:
            return
        held = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
        self._pictures[number] = held.copy()
        self._stale.discard(number)
        self.viewport().update()

    def _sized(self, sizes: tuple[Size, ...]) -> None:
        """The paper's pages are known."""
        self._sizes, self._is_measured = sizes, True
        for gone in [number for number in self._pictures if number >= len(sizes)]:
            del self._pictures[gone]
            self._stale.discard(gone)
        self._relay()

    def _tell(self) -> None:
        """Say which page is in sight."""
        words = f"{self._name}, page {self.page} of {self.count}" if self.count else self._name
        if words != self.accessibleName():
            self.setAccessibleName(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
        self.moved.emit(self.page, self.count)


class PagesPane(QWidget):
    """The pages with a bar over them: which page, how large, and what shows in the window."""

    def __init__(self, theme: Theme, doors: Doors, name: str, *, has_window: bool = True) -> None:
        super().__init__()
        self.view = PagesView(theme, doors, name)
        self._where = label("", "quiet")
        self._before = Button(theme, name="Page before", icon="chevron-left", kind="icon", run=self._back)
        self._after = Button(theme, name="Next page", icon="chevron-right", kind="icon", run=self._on)
        self._size = label("", "quiet")
        self._smaller = Button(theme, name="Smaller", icon="zoom-out", kind="icon", run=self._zoom_out)
        self._larger = Button(theme, name="Larger", icon="zoom-in", kind="icon", run=self._zoom_in)
        self._fit = Button(theme, "Fit width", kind="link", run=self.view.fit_width)
        self.window_box = QCheckBox("Show the window")
        self.window_box.setAccessibleDescription("Outlines what shows in the window of the envelope")
        if not has_window:
            self.window_box.hide()
        self.window_box.toggled.connect(lambda is_on: self.view.show_window(is_shown=is_on))
        self.view.moved.connect(self._moved)
        self.view.zoomed.connect(self._zoomed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar())
        column.addWidget(self.view, 1)
        self.setMinimumWidth(0)

    def _bar(self) -> QWidget:
        """Make the bar."""
        bar = QFrame()
        bar.setProperty("kind", "topbar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(4)
        for part in (self._before, self._where, self._after):
            row.addWidget(part)
        row.addSpacing(12)
        for part in (self._smaller, self._size, self._larger, self._fit):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.window_box)
        return bar

    def show_pdf(self, pdf: bytes, *, text: str = "", window: Zone | None = None) -> None:
        """Show a paper; `text` is what is read aloud."""
        self.window_box.setEnabled(window is not None)
        self.view.show_pdf(pdf, text=text, window=window)

    def _back(self) -> None:
        """Go one page back."""
        self.view.go_to(self.view.page - 1)

    def _on(self) -> None:
        """Go one page on."""
        self.view.go_to(self.view.page + 1)

    def _zoom_in(self) -> None:
        """Draw larger."""
        self.view.zoom_by(STEP)

    def _zoom_out(self) -> None:
        """Draw smaller."""
        self.view.zoom_by(1 / STEP)

    def _moved(self, page: int, count: int) -> None:
        """Say which page is in sight."""
        self._where.setText(f"Page {page} of {count}" if count else "No pages yet")
        self._before.setEnabled(page > 1)
        self._after.setEnabled(page < count)

    def _zoomed(self) -> None:
        """Say how large the pages are."""
        self._size.setText(f"{self.view.percent}%")
        self._fit.setVisible(not self.view.fits_width)


class _Taker:
    """Remembers which page of which paper was asked for."""

    def __init__(self, view: PagesView, pdf: bytes, number: int, dpi: float) -> None:
        self._view, self._pdf, self._number, self._dpi = view, pdf, number, dpi

    def take(self, picture: PagePicture) -> None:
        """Hand over the picture."""
        self._view.take(self._pdf, self._number, self._dpi, picture)


def _sizer(pdf: bytes) -> Callable[[Reading], tuple[Size, ...]]:
    """Return the job that measures the pages. The PDF library is loaded there, never on the UI thread."""

    def measure(_reading: Reading) -> tuple[Size, ...]:
        from almoner.paper.pictures import page_sizes

        return page_sizes(pdf)

    return measure


def _drawer(pdf: bytes, number: int, dpi: float) -> Callable[[Reading], PagePicture]:
    """Return the job that draws one page."""

    def draw(_reading: Reading) -> PagePicture:
        from almoner.paper.pictures import page_picture

        return page_picture(pdf, number, dpi=dpi)

    return draw

"""A list of any length over the store: pages of 100 rows by keyset, 64 of them kept, the count always true.

The first page is read and shown before the count of all is known. Pages are found through anchors, the sort
keys of every hundredth row, so that the last page costs what the first does. After a change the same rows stay
in sight while new ones are read in the background; the model is never reset.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView

from almoner.desktop.jobs import Doors
from almoner.desktop.parts.rows import CELL_ROLE, ROW_ROLE, Row
from almoner.records.trouble import Trouble

Index = QModelIndex | QPersistentModelIndex

PAGE = 100
PAGES_KEPT = 64
_AT_ONCE = 2
_WANTED = 8
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Outline:
    """The shape of a list: how many rows, the key of every hundredth, and where one row lies now."""

    count: int
    anchors: tuple[Any, ...]
    """`anchors[n]` is the sort key of row `n * 100`, as `Listing.page` takes it."""
    kept_row: int | None = None
    """The row of the record asked after; None when it has left the list."""


class Listing(Protocol):
    """Where a list's rows come from. All methods run on a reader thread with that thread's view of the store."""

    def outline(self, store: Any, kept: str | None) -> Outline:
        """Return the shape of the list, and the row of the record with id `kept`."""
        ...

    def page(self, store: Any, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return up to `limit` rows from the key `anchor` on (that row included); None means from the start."""
        ...


class RecordsModel(QAbstractTableModel):
    """The rows of a listing. `kept_moved` tells where the kept record lies after a refresh (-1: it is gone)."""

    counted = Signal(int)
    kept_moved = Signal(int)
    failed = Signal(object)
    """A Trouble, when the list could not be read."""

    def __init__(self, doors: Doors, titles: Sequence[str] = ("",), *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._doors = doors
        self._titles = tuple(titles)
        self._listing: Listing | None = None
        self._version = 0
        self._count = 0
        self._anchors: tuple[Any, ...] = ()
        self._pages: OrderedDict[int, tuple[Row, ...]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._reading: set[int] = set()
        self.is_resizing = False
        """True while rows come or go by themselves, so that a moving selection is not taken for a choice."""

    # What screens use

    def show(self, listing: Listing) -> None:
        """Show another list, such as another filter; its first page comes first, its count after."""
        self._listing = listing
        self._start_over()
        self._resize(0)
        self._want(0)
        self._read_outline(None)

    def refresh(self, kept: str | None = None) -> None:
        """Read again what is shown, after a change; `kept` is the id of the row the worker has selected."""
        if self._listing is None:
            return
        self._stale = set(self._pages)
        self._read_outline(kept)

    def row_at(self, at: int) -> Row | None:
        """Return a row if it has been read."""
        page = self._pages.get(at // PAGE)
        place = at % PAGE
        return page[place] if page is not None and place < len(page) else None

    def find(self, record_id: str) -> int:
        """Return the row of a record among the pages that are kept; -1 when it is not among them."""
        for number, page in self._pages.items():
            for place, row in enumerate(page):
                if row.id == record_id:
                    return number * PAGE + place
        return -1

    # What Qt asks

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the true number of rows."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns of the wide form."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the row or cell to paint, or the words to speak; ask for the page if it is not here."""
        if role not in (ROW_ROLE, CELL_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        at = index.row()
        number = at // PAGE
        if number in self._stale or number not in self._pages:
            self._want(number)
        row = self.row_at(at)
        if role == ROW_ROLE:
            return row
        if row is None:
            return None if role == CELL_ROLE else "Loading"
        return self._said(row, index.column(), role)

    def _said(self, row: Row, column: int, role: int) -> Any:
        """Return a cell, its text, or what is spoken for it: the whole phrase on the first column."""
        cell = row.cells[column] if column < len(row.cells) else None
        if role == CELL_ROLE:
            return cell
        if role == Qt.ItemDataRole.AccessibleTextRole and (column == 0 or cell is None):
            return row.spoken
        if cell is None:
            return row.title
        words = f"{cell.text}, {cell.second}" if cell.second else cell.text
        return f"{self._titles[column]}: {words or 'none'}" if role == Qt.ItemDataRole.AccessibleTextRole else words

    # Reading

    def _start_over(self) -> None:
        """Forget the pages; answers on their way are for another list and will be dropped."""
        self._version += 1
        self._pages.clear()
        self._stale.clear()
        self._wanted.clear()
        self._reading.clear()
        self._anchors = ()

    def _want(self, number: int) -> None:
        """Note that a page is needed; the one wanted last is read first, since that is where the worker looks."""
        if number in self._reading:
            return
        self._wanted[number] = None
        self._wanted.move_to_end(number)
        while len(self._wanted) > _WANTED:
            self._wanted.popitem(last=False)
        self._read_next()

    def _read_next(self) -> None:
        """Ask for the pages wanted last, two at a time."""
        listing = self._listing
        while listing is not None and self._wanted and len(self._reading) < _AT_ONCE:
            number, _ = self._wanted.popitem()
            if number > 0 and number >= len(self._anchors):
                continue
            anchor = None if number == 0 else self._anchors[number]
            self._reading.add(number)
            self._doors.read(
                _page_reader(listing, anchor),
                done=_Answer(self, self._version, number).page,
                trouble=self._read_failed,
                owner=self,
            )

    def _read_outline(self, kept: str | None) -> None:
        """Ask for the count and the anchors; a newer request replaces an older one."""
        assert self._listing is not None, "nothing is shown yet"
        self._doors.read(
            _outline_reader(self._listing, kept),
            done=_Answer(self, self._version, 0, kept).outline,
            trouble=self._read_failed,
            key=(id(self), "outline"),
            owner=self,
        )

    def _read_failed(self, trouble: Trouble) -> None:
        """Let the screen show why."""
        self._reading.clear()
        self.failed.emit(trouble)

    def take_page(self, version: int, number: int, rows: tuple[Row, ...]) -> None:
        """Put in a page that was read, and repaint its rows only."""
        if version != self._version:
            return
        self._reading.discard(number)
        self._pages[number] = rows
        self._pages.move_to_end(number)
        self._stale.discard(number)
        while len(self._pages) > PAGES_KEPT:
            gone, _ = self._pages.popitem(last=False)
            self._stale.discard(gone)
        if number == 0 and not self._anchors:
            self._resize(len(rows))
        first, last = number * PAGE, min(self._count, (number + 1) * PAGE) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._titles) - 1))
        self._read_next()

    def take_outline(self, version: int, kept: str | None, outline: Outline) -> None:
        """Put in the true count and the anchors; rows are added or taken away at the end, the rest repainted."""
        if version != self._version:
            return
        self._anchors = outline.anchors
        self._resize(outline.count)
        for gone in [number for number in self._pages if number * PAGE >= outline.count]:
            del self._pages[gone]
            self._stale.discard(gone)
        if self._count and self._stale:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(self._titles) - 1))
        self.counted.emit(outline.count)
        if kept is not None:
            self.kept_moved.emit(-1 if outline.kept_row is None else outline.kept_row)

    def _resize(self, count: int) -> None:
        """Make the list longer or shorter at its end."""
        self.is_resizing = True
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        self.is_resizing = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """Remembers which question an answer belongs to."""

    model: RecordsModel
    version: int
    number: int
    kept: str | None = None

    def page(self, rows: tuple[Row, ...]) -> None:
        """Hand over a page."""
        self.model.take_page(self.version, self.number, rows)

    def outline(self, outline: Outline) -> None:
        """Hand over the shape of the list."""
        self.model.take_outline(self.version, self.kept, outline)


class KeepsSelection(QObject):
    """Keeps the selected record of a list selected by its id, and under the eye, when rows move about it."""

    picked = Signal(str)
    """The id of the record the worker chose; "" when the chosen one has left the list."""

    def __init__(self, view: QAbstractItemView, model: RecordsModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._is_moving = False
        self.kept: str | None = None
        view.setModel(model)
        view.selectionModel().currentRowChanged.connect(self._row_changed)
        model.kept_moved.connect(self._moved)
        model.dataChanged.connect(self._rows_read)
        self._waiting_row = -1

    def refresh(self) -> None:
        """Read the list again and keep the selection."""
        self._model.refresh(self.kept)

    def keep(self, record_id: str) -> None:
        """Select a record by its id, wherever it lies in the list."""
        self.kept = record_id
        self._model.refresh(record_id)

    def select_first(self) -> None:
        """Select the first row."""
        self._view.setCurrentIndex(self._model.index(0, 0))

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        """Note the record the worker chose; if it is still being read, wait for it."""
        if self._is_moving or self._model.is_resizing or not now.isValid():
            return
        row = self._model.row_at(now.row())
        self._waiting_row = -1 if row is not None else now.row()
        if row is not None and row.id != self.kept:
            self.kept = row.id
            self.picked.emit(row.id)

    def _rows_read(self, first: QModelIndex, last: QModelIndex) -> None:
        """The row the worker chose may have come in now."""
        if first.row() <= self._waiting_row <= last.row():
            self._row_changed(self._model.index(self._waiting_row, 0), QModelIndex())

    def _moved(self, at: int) -> None:
        """Follow the kept record to its new row without losing its place on the screen."""
        view = self._view
        self._is_moving = True
        if at < 0:
            self.kept = None
            view.selectionModel().clear()
        else:
            index = self._model.index(at, 0)
            before = view.visualRect(view.currentIndex()).top() if view.currentIndex().isValid() else None
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            view.selectionModel().setCurrentIndex(index, flags)
            if before is not None:
                bar = view.verticalScrollBar()
                bar.setValue(bar.value() + view.visualRect(index).top() - before)
            else:
                view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._is_moving = False
        if at < 0:
            self.picked.emit("")


def _page_reader(listing: Listing, anchor: Any) -> Any:
    """Return the job that reads one page."""
    return lambda store: listing.page(store, anchor, PAGE)


def _outline_reader(listing: Listing, kept: str | None) -> Any:
    """Return the job that reads the shape of the list."""
    return lambda store: listing.outline(store, kept)

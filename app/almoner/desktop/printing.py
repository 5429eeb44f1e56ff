"""Paper and files as the system does them: its printer dialog, its file dialogs; and a twin that prints into a folder.

Print support and the PDF library are loaded when somebody prints, never on the way to the first paint.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop, QMarginsF, QRectF, QSizeF, QStandardPaths
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from almoner.desktop.jobs import Aside
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from almoner.paper.pictures import PagePicture

T = TypeVar("T")

PRINT_DPI = 300
LONGEST_NAME = 120
_KINDS = {".pdf": "PDF file (*.pdf)", ".csv": "Comma-separated values (*.csv)", ".txt": "Text (*.txt)"}


class SystemPaperwork:
    """The dialogs of the system. Everything slow happens beside the window, which stays awake meanwhile."""

    def choose_printer(self, pdf: bytes, *, title: str, parent: QWidget) -> SystemPrintJob | None:
        """Let the user choose a printer. Raises Trouble when the PDF cannot be read."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        from almoner.paper.pictures import page_sizes

        sizes = _beside(lambda: page_sizes(pdf))
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(title)
        printer.setCreator("Almoner")
        prepare(printer, sizes[0])
        dialog = QPrintDialog(printer, parent)
        dialog.setWindowTitle(f"Print {title}")
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, True)
        dialog.setMinMax(1, len(sizes))
        if dialog.exec() != QPrintDialog.DialogCode.Accepted:
            return None
        return SystemPrintJob(pdf, printer, len(sizes))

    def print_pdf(self, pdf: bytes, *, title: str, parent: QWidget) -> bool:
        """Let the user choose a printer and print at true size; False when they thought better of it. Raises Trouble
        when the PDF cannot be read or the printer does not take it."""
        job = self.choose_printer(pdf, title=title, parent=parent)
        if job is not None:
            job.send()
        return job is not None

    def choose_place(self, *, suggested: str, parent: QWidget) -> Path | None:
        """Let the user say where."""
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = file_name(suggested)
        kinds = _KINDS.get(Path(name).suffix, "All files (*)")
        chosen, _kind = QFileDialog.getSaveFileName(parent, "Save as", str(Path(home) / name), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(Path(name).suffix)

    def save_as(self, content: bytes, *, suggested: str, parent: QWidget) -> Path | None:
        """Let the user say where; the file is whole or not there at all. Raises Trouble when it cannot be written."""
        path = self.choose_place(suggested=suggested, parent=parent)
        if path is not None:
            write_whole(path, content)
        return path

    def choose_files(self, *, title: str, kinds: str, parent: QWidget) -> tuple[Path, ...]:
        """Let the user pick files."""
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
        chosen, _kind = QFileDialog.getOpenFileNames(parent, title, home, kinds)
        return tuple(Path(each) for each in chosen)


class SystemPrintJob:
    """A paper and a printer of the system."""

    def __init__(self, pdf: bytes, printer: QPrinter, count: int) -> None:
        self._pdf, self._printer, self._count = pdf, printer, count

    def send(self) -> None:
        """Print the pages the user chose. Raises Trouble when the printer fails."""
        _beside(lambda: print_pages(self._pdf, self._printer, pages_chosen(self._printer, self._count)))


class PretendPaperwork:
    """The twin: prints and saves into a folder without asking, and picks the files it was told to.

    With `thinks_better` the user cancels every dialog.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.files: tuple[Path, ...] = ()
        self.printed: list[str] = []
        self.saved: list[Path] = []
        self.thinks_better = False

    def choose_printer(self, pdf: bytes, *, title: str, parent: QWidget) -> PretendPrintJob | None:
        """Choose the folder."""
        return None if self.thinks_better else PretendPrintJob(self, pdf, title)

    def print_pdf(self, pdf: bytes, *, title: str, parent: QWidget) -> bool:
        """Put the paper into the folder as a numbered file."""
        job = self.choose_printer(pdf, title=title, parent=parent)
        if job is not None:
            job.send()
        return job is not None

    def choose_place(self, *, suggested: str, parent: QWidget) -> Path | None:
        """Choose the suggested name in the folder."""
        if self.thinks_better:
            return None
        path = self.folder / file_name(suggested)
        self.saved.append(path)
        return path

    def save_as(self, content: bytes, *, suggested: str, parent: QWidget) -> Path | None:
        """Save under the suggested name."""
        path = self.choose_place(suggested=suggested, parent=parent)
        if path is not None:
            write_whole(path, content)
        return path

    def choose_files(self, *, title: str, kinds: str, parent: QWidget) -> tuple[Path, ...]:
        """Pick what was laid ready."""
        return () if self.thinks_better else self.files


class PretendPrintJob:
    """A paper on its way into the twin's folder."""

    def __init__(self, paperwork: PretendPaperwork, pdf: bytes, title: str) -> None:
        self._paperwork, self._pdf, self._title = paperwork, pdf, title

    def send(self) -> None:
        """Put it there as a numbered file. Raises Trouble when that fails."""
        printed = self._paperwork.printed
        printed.append(self._title)
        write_whole(self._paperwork.folder / file_name(f"printed {len(printed):02} {self._title}.pdf"), self._pdf)


def prepare(printer: QPrinter, size_pt: tuple[float, float]) -> None:
    """Set a printer to the paper's own size and to its very edges, so that nothing is scaled or moved."""
    wide, high = size_pt
    is_wide = wide > high
    upright = QSizeF(min(wide, high), max(wide, high))
    way = QPageLayout.Orientation.Landscape if is_wide else QPageLayout.Orientation.Portrait
    page = QPageSize(upright, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
    printer.setFullPage(True)
    printer.setPageLayout(QPageLayout(page, way, QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point))
    printer.setFullPage(True)


def pages_chosen(printer: QPrinter, count: int) -> tuple[int, ...]:
    """Return the pages the user chose, from 0, as often as the printer cannot repeat them itself."""
    first, last = printer.fromPage() or 1, printer.toPage() or count
    pages = tuple(range(max(first, 1) - 1, min(last, count)))
    return pages if printer.supportsMultipleCopies() else pages * max(1, printer.copyCount())


def print_pages(pdf: bytes, printer: QPrinter, pages: Iterable[int]) -> None:
    """Draw pages of a PDF on a printer at true size. Raises Trouble when the printer fails."""
    from almoner.paper.pictures import page_picture

    painter = QPainter()
    if not painter.begin(printer):
        raise Trouble("The printer did not start.", "Check that it is on and has paper, then print again.")
    try:
        for place, number in enumerate(pages):
            if place and not printer.newPage():
                raise Trouble("The printer stopped between two pages.", "Check it, then print the letter again.")
            picture = page_picture(pdf, number, dpi=PRINT_DPI)
            dots = printer.resolution() / 72
            painter.drawImage(QRectF(0, 0, picture.wide_pt * dots, picture.high_pt * dots), image_of(picture))
    finally:
        painter.end()


def image_of(picture: PagePicture) -> QImage:
    """Return a page as Qt draws it; it shares no memory with the picture."""
    held = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
    return held.copy()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises Trouble when it cannot be written."""
    draft = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".almoner-", delete=False) as made:
            draft = made.name
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            with contextlib.suppress(OSError):
                Path(draft).unlink(missing_ok=True)
        raise Trouble(
            "The file could not be saved.",
            "Check that there is room and that you may write there, or choose another folder.",
            str(path.parent),
        ) from error


def file_name(wanted: str) -> str:
    """Return a name every system takes: no separators or reserved signs, and not too long."""
    clean = "".join(" " if sign in '<>:"/\\|?*' or ord(sign) < 32 else sign for sign in wanted)
    stem, dot, suffix = " ".join(clean.split()).strip(". ").rpartition(".")
    return f"{stem[:LONGEST_NAME].rstrip()}{dot}{suffix}" if stem else (suffix or "paper")


def _beside(work: Callable[[], T]) -> T:
    """Run something on a thread of its own while the window repaints but takes no keys; raise the Trouble it raised."""
    aside = Aside()
    values: list[T] = []
    troubles: list[Trouble] = []
    aside.run(work, done=values.append, trouble=troubles.append, owner=aside)
    flags = QEventLoop.ProcessEventsFlag
    while aside.is_busy:
        QCoreApplication.processEvents(flags.ExcludeUserInputEvents | flags.WaitForMoreEvents)
    if troubles:
        raise troubles[0]
    assert values, "a mistake of ours was raised already"
    return values[0]

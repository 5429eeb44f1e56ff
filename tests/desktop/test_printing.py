"""Printing at true size, saving whole files, and the twin that prints into a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QWidget

from almoner.desktop.printing import (
    PretendPaperwork,
    file_name,
    image_of,
    pages_chosen,
    prepare,
    print_pages,
    write_whole,
)
from almoner.outside.resources import resources_dir
from almoner.paper.faces import load_faces
from almoner.paper.pictures import page_picture, page_sizes
from almoner.paper.profiles import load_profiles
from almoner.paper.testpage import render_test_page
from almoner.records.trouble import Trouble


@pytest.fixture
def ruler() -> bytes:
    """A page that shows where things lie on the paper."""
    resources = resources_dir()
    profiles = load_profiles(resources / "print-profiles")
    return render_test_page(next(iter(profiles.values())), load_faces(resources / "fonts")).content


def _dark_box(pdf: bytes) -> tuple[float, float, float, float]:
    """Return the edges of all ink on the first page, in points."""
    picture = image_of(page_picture(pdf, 0, dpi=72))
    dark = [
        (x, y)
        for y in range(picture.height())
        for x in range(picture.width())
        if picture.pixelColor(x, y).lightness() < 215
    ]
    xs, ys = [x for x, _ in dark], [y for _, y in dark]
    return min(xs), min(ys), max(xs), max(ys)


def test_prints_at_true_size_and_place(qapp: QApplication, ruler: bytes, tmp_path: Path) -> None:
    """A printed letter is neither scaled nor moved, or its address would leave the window of the envelope."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    prepare(printer, page_sizes(ruler)[0])

    print_pages(ruler, printer, pages_chosen(printer, 1))

    printed = (tmp_path / "printed.pdf").read_bytes()
    assert page_sizes(printed)[0] == pytest.approx(page_sizes(ruler)[0], abs=1.5)
    assert _dark_box(printed) == pytest.approx(_dark_box(ruler), abs=2)


def test_prints_only_the_pages_chosen(qapp: QApplication) -> None:
    """A range chosen in the dialog is what is printed; no range means every page."""
    printer = QPrinter()
    whole = pages_chosen(printer, 3)
    printer.setFromTo(2, 3)

    assert whole == (0, 1, 2)
    assert pages_chosen(printer, 3) == (1, 2)


def test_a_page_that_is_not_there_is_trouble(ruler: bytes) -> None:
    """Asking for a page past the end says so; it never draws an empty one."""
    with pytest.raises(Trouble, match="no such page"):
        page_picture(ruler, 7, dpi=72)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """Saving replaces the old file only when the new one is complete, and leaves nothing else behind."""
    target = tmp_path / "letter.pdf"
    target.write_bytes(b"old")

    write_whole(target, b"new")

    assert target.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["letter.pdf"]


def test_a_file_that_cannot_be_saved_is_trouble(tmp_path: Path) -> None:
    """A folder that is not there gives a sentence and the place, and nothing half-written."""
    with pytest.raises(Trouble) as caught:
        write_whole(tmp_path / "nowhere" / "letter.pdf", b"new")

    assert "nowhere" in caught.value.where
    assert "another folder" in caught.value.do
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Acknowledgement ASH-26-0001.pdf", "Acknowledgement ASH-26-0001.pdf"),
        ("../../etc/passwd.pdf", "etc passwd.pdf"),
        ('a<b>:"c"|?*.csv', "a b c.csv"),
        ("  .pdf", "pdf"),
        ("é" * 300 + ".pdf", "é" * 120 + ".pdf"),
    ],
)
def test_names_suit_every_system(wanted: str, name: str) -> None:
    """A suggested name has no separators or signs that some system refuses, and is not too long."""
    assert file_name(wanted) == name


def test_the_twin_prints_and_saves_into_its_folder(qapp: QApplication, tmp_path: Path) -> None:
    """The twin leaves what would have been printed and saved, and nothing when the user cancels."""
    paperwork, parent = PretendPaperwork(tmp_path), QWidget()

    assert paperwork.print_pdf(b"%PDF", title="Letter", parent=parent)
    saved = paperwork.save_as(b"%PDF", suggested="Letter.pdf", parent=parent)
    paperwork.thinks_better = True

    assert not paperwork.print_pdf(b"%PDF", title="Letter", parent=parent)
    assert paperwork.save_as(b"%PDF", suggested="Other.pdf", parent=parent) is None
    assert saved == tmp_path / "Letter.pdf"
    assert {each.name for each in tmp_path.iterdir()} == {"Letter.pdf", "printed 01 Letter.pdf"}

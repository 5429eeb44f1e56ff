"""Tests of reports on paper: the same cells as the sheet, repeated heads, numbers under one another."""

from tests.paper.looking import ink_outside, page_pictures, page_texts, words_on

from almoner.paper.faces import FIGURES, FIGURES_SEMIBOLD, Faces
from almoner.paper.ink import Pdf
from almoner.paper.profiles import Zone
from almoner.paper.tables import render_report
from almoner.records.sheets import ReportSheet, SheetColumn, SheetFigure, SheetRow, SheetTable


def _sheet(count: int, *, landscape: bool = False) -> ReportSheet:
    rows = [SheetRow(cells=(f"Officer {number}", number * 1111, "word")) for number in range(count)]
    total = SheetRow(cells=("All officers", 1_234_567, ""), strong=True)
    table = SheetTable(
        title="Open cases",
        explains="By officer.",
        columns=(
            SheetColumn(title="Officer", share=3),
            SheetColumn(title="Open", holds="number"),
            SheetColumn(title="Remark"),
        ),
        rows=(*rows, total) if rows else (),
        when_empty="There are no open cases.",
    )
    return ReportSheet(
        title="Caseload",
        subtitle="As at 7 Jan 2027 09:00",
        figures=(SheetFigure(number=1234, words="overdue"),),
        tables=(table,),
        notes=("Counted once.",),
        landscape=landscape,
    )


def _pdf(sheet: ReportSheet, faces: Faces) -> Pdf:
    return render_report(sheet, faces, council="Ashmere Borough Council", printed="Printed by Anna Hughes")


def test_the_paper_says_what_the_sheet_says(faces: Faces) -> None:
    """Titles, figures, cells, totals and notes are all printed, thousands parted by commas."""
    read = words_on(_pdf(_sheet(3), faces))

    for words in (
        "Caseload",
        "As at 7 Jan 2027 09:00",
        "1,234",
        "overdue",
        "Officer 2",
        "2,222",
        "1,234,567",
        "Counted once.",
    ):
        assert words in read


def test_heads_are_repeated_and_the_total_is_not_alone(faces: Faces) -> None:
    """Each page begins with the head of the table, and the total stands under a row it adds up."""
    texts = page_texts(_pdf(_sheet(200), faces))

    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Officer" in text
    assert "All officers" in texts[-1]
    assert "Officer 199" in texts[-1]


def test_a_landscape_sheet_stays_inside_its_page(faces: Faces) -> None:
    """Wide reports lie on their side and leave no ink in the margins."""
    pictures = page_pictures(_pdf(_sheet(60, landscape=True), faces))

    assert all(picture.width > picture.height for picture in pictures)
    assert all(ink_outside(picture, (Zone(18, 6, 279, 203),)) is None for picture in pictures)


def test_an_empty_table_says_so(faces: Faces) -> None:
    """A table without rows is a statement, not a blank."""
    assert "There are no open cases." in words_on(_pdf(_sheet(0), faces))


def test_numbers_are_set_in_figures_of_one_width(faces: Faces) -> None:
    """Digits of a column stand under one another, in rows and in totals."""
    content = _pdf(_sheet(3), faces).content

    assert FIGURES.encode() in content
    assert FIGURES_SEMIBOLD.encode() in content


def test_the_same_sheet_has_the_same_bytes(faces: Faces) -> None:
    """A report that was filed can be made again and compared."""
    assert _pdf(_sheet(5), faces) == _pdf(_sheet(5), faces)

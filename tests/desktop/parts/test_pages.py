"""Pages of paper on the screen: drawn off the UI thread, moved and zoomed by keys, few kept at a time."""

from __future__ import annotations

from functools import lru_cache

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.desktop.parts.pages import PagesPane
from almoner.outside.resources import resources_dir
from almoner.paper.faces import load_faces
from almoner.paper.tables import render_report
from almoner.records.sheets import ReportSheet, SheetColumn, SheetRow, SheetTable
from tests.desktop.office import Office


@lru_cache(maxsize=4)
def paper(rows: int) -> bytes:
    """A paper that is as long as its rows."""
    table = SheetTable(
        title="Rows",
        columns=(SheetColumn(title="Row"),),
        rows=tuple(SheetRow(cells=(f"Row {number}",)) for number in range(rows)),
    )
    sheet = ReportSheet(title="Long", subtitle="As at today", tables=(table,))
    return render_report(sheet, load_faces(resources_dir() / "fonts"), council="Ashmere", printed="Today").content


@pytest.fixture
def pane(office: Office, qtbot: QtBot) -> PagesPane:
    """A shown pane with a paper of many pages."""
    made = PagesPane(office.theme, office.doors, "Preview")
    qtbot.addWidget(made)
    made.resize(700, 800)
    made.show()
    made.show_pdf(paper(500), text="Row 0")
    qtbot.waitUntil(lambda: 1 in made.view.drawn)
    return made


def test_keys_move_by_pages_and_only_near_pages_are_kept(pane: PagesPane, qtbot: QtBot) -> None:
    """End shows the last page; the pictures far away are let go, however long the paper."""
    view = pane.view
    QTest.keyClick(view, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: view.count in view.drawn)
    last = view.page
    QTest.keyClick(view, Qt.Key.Key_PageUp)

    assert (last, view.page) == (view.count, view.count - 1)
    assert view.count > 10
    assert len(view.drawn) <= 5
    assert 1 not in view.drawn


def test_zoom_draws_the_page_anew_and_0_fits_the_width(pane: PagesPane, qtbot: QtBot) -> None:
    """Larger pages are drawn sharper, not stretched, and the width can be fitted again."""
    view = pane.view
    before = view.percent
    QTest.keyClick(view, Qt.Key.Key_Plus)
    larger, fits = view.percent, view.fits_width
    qtbot.waitUntil(lambda: view.picture_width(1) > 700)
    QTest.keyClick(view, Qt.Key.Key_0)

    assert larger == pytest.approx(before * 1.25, abs=1)
    assert not fits
    assert (view.percent, view.fits_width) == (before, True)


def test_a_shorter_paper_takes_the_place_of_a_longer_one(pane: PagesPane, qtbot: QtBot) -> None:
    """Pages that are no more are not asked for, and the place stays within the paper."""
    QTest.keyClick(pane.view, Qt.Key.Key_End)
    pane.show_pdf(paper(3))
    qtbot.waitUntil(lambda: pane.view.count == 1)
    qtbot.waitUntil(lambda: pane.view.drawn == {1})

    assert pane.view.page == 1


def test_no_paper_shows_no_page(pane: PagesPane, qtbot: QtBot) -> None:
    """Without a paper there is nothing to move through."""
    pane.show_pdf(b"")

    assert (pane.view.count, pane.view.page) == (0, 0)
    assert pane.view.accessibleName() == "Preview"

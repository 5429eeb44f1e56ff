"""The caseload report over a real store: figures, tables, print, PDF and CSV from one sheet."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.letter import LetterScreen
from almoner.desktop.screens.reports import Reports
from almoner.paper.reading_back import text_of
from almoner.records.sheets import shown
from tests.desks import SANA
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def opened(office: Office, qtbot: QtBot) -> Reports:
    """Open the screen and wait for the report."""
    screen = cast(Reports, office.open(Reports))
    qtbot.waitUntil(lambda: screen.sheet is not None)
    return screen


def figures(screen: Reports) -> dict[str, int]:
    """The headline numbers."""
    assert screen.sheet is not None
    return {figure.words: figure.number for figure in screen.sheet.figures}


def choose(screen: Reports, qtbot: QtBot, code: str) -> None:
    """Choose a period by its code and wait for its report."""
    before = screen.sheet
    screen.period.setCurrentIndex(screen.period.findData(code))
    qtbot.waitUntil(lambda: screen.sheet is not None and screen.sheet != before)


def test_a_caseworker_sees_their_own_cases(office: Office, qtbot: QtBot) -> None:
    """An officer is offered their own cases only, and the figures count those."""
    screen = opened(office, qtbot)

    assert [screen.whose.itemText(at) for at in range(screen.whose.count())] == ["My cases"]
    assert (figures(screen)["open now"], figures(screen)["overdue"]) == (2, 0)


def test_a_supervisor_sees_the_team_and_its_missed_clocks(office: Office, qtbot: QtBot) -> None:
    """A supervisor's report opens on the team: what is overdue is counted, and each missed clock leads to its case."""
    office.desk = replace(office.desk, me=SANA)
    screen = opened(office, qtbot)
    missed = screen.tables[-1]
    missed.setCurrentIndex(missed.model().index(0, 0))
    QTest.keyClick(missed, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(office.went))

    assert screen.whose.currentText() == "Housing repairs"
    assert figures(screen)["overdue"] == len({row.cells[0] for row in missed.table.rows}) > 0
    reference = str(missed.table.rows[0].cells[0])
    wanted = next(case for case in office.cases.values() if case.reference == reference)
    assert office.went[-1] == Target("case", wanted.id)


def test_a_figure_leads_to_the_cases_it_counts(office: Office, qtbot: QtBot) -> None:
    """The number of overdue cases is a way to the list of them."""
    office.desk = replace(office.desk, me=SANA)
    screen = opened(office, qtbot)
    screen.figures.followed.emit("overdue")

    assert office.went[-1] == Target("cases", part="overdue")


def test_another_period_counts_again_and_reconciles(office: Office, qtbot: QtBot) -> None:
    """Opened and brought forward are equal to closed and carried forward in whatever period."""
    screen = opened(office, qtbot)
    choose(screen, qtbot, "last-week")

    assert screen.sheet is not None
    total = [cell for cell in screen.sheet.tables[1].rows[-1].cells if isinstance(cell, int)]
    assert total[0] + total[1] == total[2] + total[3]
    assert "7 Dec 2026 to 13 Dec 2026" in screen.sheet.subtitle


def test_other_dates_are_typed_and_nonsense_is_said_at_the_field(office: Office, qtbot: QtBot) -> None:
    """Any two days will do; what cannot be read is said where it was typed, and the last report stays."""
    screen = opened(office, qtbot)
    screen.period.setCurrentIndex(screen.period.findData("other"))
    for field, typed in ((screen.first, "1/11/2026"), (screen.last, "30/11/2026")):
        QTest.keyClicks(field.box, typed)
        QTest.keyClick(field.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.sheet is not None and "1 Nov 2026 to 30 Nov 2026" in screen.sheet.subtitle)
    screen.last.box.setText("the day after never")
    QTest.keyClick(screen.last.box, Qt.Key.Key_Return)

    assert screen.last.wrong
    assert screen.sheet is not None


def test_the_print_key_follows_the_screen_in_front(office: Office, qtbot: QtBot) -> None:
    """Ctrl+P prints what is seen: the letter while it is in front, then the report, then the letter again."""
    letter = office.open(LetterScreen)
    keys = [office.commands.by_shortcut("Ctrl+P")]
    letter.hide()
    report = opened(office, qtbot)
    keys.append(office.commands.by_shortcut("Ctrl+P"))
    report.hide()
    letter.show()
    letter.shown()
    keys.append(office.commands.by_shortcut("Ctrl+P"))

    assert [key.id if key else "" for key in keys] == ["letter.print", "report.print", "letter.print"]


def test_screen_pdf_and_csv_say_the_same(office: Office, qtbot: QtBot) -> None:
    """One sheet is the screen, the paper and the file: every cell of the first table is in all three."""
    office.desk = replace(office.desk, me=SANA)
    screen = opened(office, qtbot)
    for act in ("report.print", "report.pdf", "report.csv"):
        office.commands.run(act)
    qtbot.waitUntil(lambda: len([said for said in office.said if said]) == 3)
    assert screen.sheet is not None
    cells = [shown(cell) for row in screen.sheet.tables[0].rows for cell in row.cells]

    saved = {each.suffix: each for each in office.paperwork.saved}
    printed = next(office.paperwork.folder.glob("printed*"))
    on_paper, at_printer = text_of(saved[".pdf"].read_bytes()), text_of(printed.read_bytes())
    with saved[".csv"].open(encoding="utf-8-sig", newline="") as file:
        in_file = [cell for line in csv.reader(file) for cell in line]
    for cell in cells:
        assert cell in on_paper
        assert cell in at_printer
        assert cell in in_file


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
def test_everything_can_be_named_read_and_hit(office: Office, qtbot: QtBot, room: Room) -> None:
    """Every control has a name, no words are cut off, and no button is too small."""
    screen = opened(office, qtbot)
    screen.fit(room)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []

"""Lists of any length: true count, pages by key, the selection kept by id."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from pytestqt.qtbot import QtBot

from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.lists import CaseList
from almoner.desktop.parts.records_model import PAGES_KEPT, KeepsSelection, RecordsModel
from almoner.desktop.parts.rows import ROW_ROLE, Row
from almoner.records.trouble import Trouble
from tests.desktop.pretend import PretendBacks, delete, raise_it
from tests.desktop.pretend_rows import PretendListing, row_of


@pytest.fixture
def doors(qtbot: QtBot) -> Iterator[Doors]:
    """Doors over nothing: the listing holds its own rows."""
    made = Doors(PretendBacks(), presenter=raise_it, on_bug=raise_it)
    yield made
    made.stop()


@pytest.fixture
def seen(theme: Theme, doors: Doors, qtbot: QtBot) -> Iterator[tuple[CaseList, RecordsModel, PretendListing]]:
    """A list of 20,000 rows, shown."""
    listing = PretendListing([row_of(at) for at in range(20_000)])
    view = CaseList(theme, "Cases")
    model = RecordsModel(doors, parent=view)
    view.setModel(model)
    view.resize(400, 640)
    view.show()
    model.show(listing)
    qtbot.waitUntil(lambda: model.rowCount() == 20_000)
    yield view, model, listing
    delete(view)


def test_only_what_is_seen_is_read(seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot) -> None:
    """A list of 20,000 rows reads its count and its first page, no more, and knows its true length."""
    _view, model, listing = seen

    assert model.rowCount() == 20_000
    assert len(listing.pages_read) <= 2


def test_a_jump_reads_the_page_there(seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot) -> None:
    """Dragging the scroll bar to the end reads the last page by its key."""
    view, model, listing = seen

    view.scrollToBottom()
    view.grab()
    qtbot.waitUntil(lambda: model.row_at(19_999) is not None)

    assert model.row_at(19_999) == row_of(19_999)
    assert 19_900 in listing.pages_read


def test_pages_kept_are_limited(seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot) -> None:
    """However far one scrolls, no more than 64 pages are held."""
    _view, model, _listing = seen

    for page in range(100):
        model.data(model.index(page * 100, 0), ROW_ROLE)
        qtbot.waitUntil(lambda page=page: model.row_at(page * 100) is not None)
    held = sum(model.row_at(page * 100) is not None for page in range(200))

    assert held == PAGES_KEPT


def test_the_selection_follows_its_record(seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot) -> None:
    """When 150 rows arrive above, the same record stays selected, under the eye, and the rows stay the same."""
    view, model, listing = seen
    keeps = KeepsSelection(view, model)
    view.setCurrentIndex(model.index(30, 0))
    view.scrollTo(model.index(34, 0))
    before: QRect = view.visualRect(view.currentIndex())
    picked: list[str] = []
    keeps.picked.connect(picked.append)

    listing.rows[:0] = [replace(row_of(at), id=f"new-{at}") for at in range(150)]
    with qtbot.waitSignal(model.kept_moved):
        keeps.refresh()
    view.grab()
    qtbot.waitUntil(lambda: model.row_at(180) is not None and model.row_at(180).id == "case-30")

    assert keeps.kept == "case-30"
    assert view.currentIndex().row() == 180
    assert view.visualRect(view.currentIndex()) == before
    assert model.rowCount() == 20_150
    assert picked == []


def test_a_record_that_leaves_the_list_is_let_go(
    seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot
) -> None:
    """When the selected record leaves the list, nothing else is selected in its stead, and the screen is told."""
    view, model, listing = seen
    keeps = KeepsSelection(view, model)
    view.setCurrentIndex(model.index(19_999, 0))
    view.scrollToBottom()
    view.grab()
    qtbot.waitUntil(lambda: keeps.kept == "case-19999")

    del listing.rows[15_000:]
    with qtbot.waitSignal(keeps.picked) as told:
        keeps.refresh()

    assert told.args == [""]
    assert keeps.kept is None
    assert not view.selectionModel().hasSelection()
    assert model.rowCount() == 15_000


def test_a_change_repaints_without_a_reset(seen: tuple[CaseList, RecordsModel, PretendListing], qtbot: QtBot) -> None:
    """A refresh never resets the model: old rows stay in sight until the new ones are here."""
    view, model, listing = seen
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    first = model.row_at(0)

    listing.rows[0] = replace(row_of(0), title="Emeka Miah-Jones")
    model.refresh()
    at_once = model.row_at(0)
    view.grab()
    qtbot.waitUntil(lambda: (view.grab(), model.row_at(0).title == "Emeka Miah-Jones")[1])

    assert at_once == first
    assert resets == []


def test_another_filter_drops_the_answers_of_the_last(doors: Doors, qtbot: QtBot) -> None:
    """Rows of the list shown before never appear in the next."""
    model = RecordsModel(doors)
    other = PretendListing([Row(id="only", title="Only", spoken="Only")])

    model.show(PretendListing([row_of(at) for at in range(500)]))
    model.show(other)
    with qtbot.waitSignal(model.counted):
        pass
    qtbot.waitUntil(lambda: model.row_at(0) is not None)

    assert model.rowCount() == 1
    assert model.row_at(0).id == "only"


def test_trouble_is_passed_to_the_screen(doors: Doors, qtbot: QtBot) -> None:
    """When the list cannot be read the screen is given the trouble to show."""

    class Broken(PretendListing):
        def outline(self, store: object, kept: str | None) -> object:
            raise Trouble("The store cannot be read.", "Restart Almoner.")

    model = RecordsModel(doors)

    with qtbot.waitSignal(model.failed) as told:
        model.show(Broken([]))

    assert told.args[0].what == "The store cannot be read."


def test_an_empty_list_is_empty(doors: Doors, qtbot: QtBot) -> None:
    """A list with nothing in it counts nought."""
    model = RecordsModel(doors)

    with qtbot.waitSignal(model.counted) as told:
        model.show(PretendListing([]))

    assert told.args == [0]
    assert model.rowCount() == 0

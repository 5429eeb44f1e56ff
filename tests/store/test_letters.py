"""The list of letters made."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.store.shelf import ANN, BEN, NOW, Shelf, shelf_in

from almoner.records import Case, Letter, Person
from almoner.store.letters import (
    LETTER_FILTERS,
    PAGE,
    LetterFilter,
    count_letters,
    letter_anchors,
    letter_place,
    letter_rows,
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def letter(case: Case, person: Person, number: int, **fields: Any) -> Letter:
    usual: dict[str, Any] = {
        "id": f"letter-{number:04}", "case_id": case.id, "person_id": person.id, "template": "acknowledgement",
        "title": f"Letter {number}", "attachment_id": "file", "author_id": ANN.id,
        "recorded_at": NOW + timedelta(minutes=number),
    }  # fmt: skip
    return Letter(**(usual | fields))


def titles(shelf: Shelf, filter: LetterFilter) -> list[str]:
    return [row.title for row in shelf.look(letter_rows, filter, ANN)]


def test_each_filter_shows_its_letters_newest_first(shelf: Shelf) -> None:
    """Mine are those I made; to print are final and not printed; held are held; the counts agree with the lists."""
    person = shelf.person("Lena Marsh")
    case = shelf.case(subject=person)
    shelf.put(
        letter(case, person, 1),
        letter(case, person, 2, status="held", author_id=BEN.id),
        letter(case, person, 3, status="printed", author_id=BEN.id),
        letter(case, person, 4, status="posted"),
    )

    assert titles(shelf, "mine") == ["Letter 4", "Letter 1"]
    assert titles(shelf, "to-print") == ["Letter 1"]
    assert titles(shelf, "held") == ["Letter 2"]
    assert titles(shelf, "all") == ["Letter 4", "Letter 3", "Letter 2", "Letter 1"]
    assert [shelf.look(count_letters, name, ANN) for name in LETTER_FILTERS] == [2, 1, 1, 4]


def test_a_row_says_to_whom_about_what_and_by_whom(shelf: Shelf) -> None:
    """The list names recipient, case and author without opening the letter."""
    person = shelf.person("Lena Marsh")
    case = shelf.case("Mould", subject=person)
    shelf.put(letter(case, person, 1, pages=3))

    row = shelf.look(letter_rows, "all", ANN)[0]

    assert (row.recipient, row.reference, row.case_title, row.author, row.pages) == (
        "Lena Marsh", case.reference, "Mould", "Ann Officer", 3,
    )  # fmt: skip


def test_a_restricted_persons_letter_names_nobody_to_other_teams(shelf: Shelf) -> None:
    """Who may not open the person does not learn the name from the list of letters."""
    person = shelf.person("Lena Marsh", restricted_team_id="team-2")
    case = shelf.case("About Lena", subject=person)
    shelf.put(letter(case, person, 1))

    theirs, ours = shelf.look(letter_rows, "all", ANN)[0], shelf.look(letter_rows, "all", BEN)[0]

    assert (theirs.recipient, theirs.case_title, theirs.restricted_team_id) == ("", "", "team-2")
    assert (ours.recipient, ours.case_title) == ("Lena Marsh", "About Lena")


def test_pages_follow_one_another_without_gap_or_repeat(shelf: Shelf) -> None:
    """The anchors lead to every page, and a letter's place is where the pages have it."""
    person = shelf.person("Lena Marsh")
    case = shelf.case(subject=person)
    shelf.put(*(letter(case, person, number) for number in range(2 * PAGE + 7)))

    anchors = (None, *shelf.look(letter_anchors, "all", ANN))
    pages = [shelf.look(letter_rows, "all", ANN, anchor) for anchor in anchors]

    every = [row.id for page in pages for row in page]
    assert [len(page) for page in pages] == [PAGE, PAGE, 7]
    assert every == sorted(every, reverse=True)
    assert shelf.look(letter_place, "all", ANN, every[150]) == 150
    assert shelf.look(letter_place, "held", ANN, every[150]) is None

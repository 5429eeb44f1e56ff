"""The page about a letter: pages as they will print, what an officer may type, what may be done, and why it is held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.casework.test_letters import case_of, lena
from tests.desks import SANA, Bench

from almoner.casework.letter_page import SUMMARY, Act, PaperPage, paper_page
from almoner.casework.letters import cancel_letter, file_letter, record_posted, record_printed
from almoner.casework.residents import add_address, set_safe_contact
from almoner.paper.pictures import page_sizes
from almoner.records import Case, Letter


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def page_of(bench: Bench, case: Case, part: str = "acknowledgement", **typed: str) -> PaperPage:
    return bench.look(lambda reading: paper_page(reading, bench.desk, case.id, part, typed))


def filed(bench: Bench, case: Case) -> Letter:
    draft = page_of(bench, case).draft
    assert draft is not None
    return bench.do(file_letter, draft)


def test_a_letter_to_write_shows_its_pages_and_may_be_filed(bench: Bench) -> None:
    """What is seen before filing are the pages that will be printed; nothing is saved by looking."""
    case = case_of(bench, lena(bench))

    page = page_of(bench, case)

    assert len(page_sizes(page.pdf)) >= 1
    assert (page.status, page.acts, page.letter) == ("Not filed yet", {Act.FILE}, None)
    assert dict(page.facts)["Goes"] == "By post, in a window envelope"
    assert bench.look(lambda reading: reading.all_of(Letter)) == ()


def test_an_officer_may_type_other_words_but_not_other_dates(bench: Bench) -> None:
    """The account can be put into other words; what the clocks promise cannot."""
    page = page_of(bench, case_of(bench, lena(bench)), summary="Mould on two walls.")

    blanks = {blank.name: blank for blank in page.blanks}
    assert "Mould on two walls." in page.text
    assert blanks["summary"].editable
    assert not blanks["promise"].editable


def test_a_word_that_is_missing_may_be_typed_here(bench: Bench) -> None:
    """A blank the case cannot fill is marked, can be typed, and stops the letter until it is."""
    case = case_of(bench, lena(bench), place="")

    place = next(blank for blank in page_of(bench, case).blanks if blank.name == "place")
    mended = page_of(bench, case, place="9 Hob Lane")

    assert (place.lacking, place.editable) == (True, True)
    assert Act.FILE in mended.acts


def test_a_letter_that_may_not_go_cannot_be_filed_and_says_why(bench: Bench) -> None:
    """Safe contact without post makes a letter for collection, or stops it; the check says so in words."""
    person = lena(bench)
    bench.do(set_safe_contact, person.id, never_by=("post", "office"), reason="Her post is opened.")

    page = page_of(bench, case_of(bench, person))

    assert page.acts == frozenset()
    assert page.stopped_by[0].code == "safe-contact"
    assert page.stopped_by[0].do


def test_what_may_be_done_follows_the_life_of_the_letter(bench: Bench) -> None:
    """Printed before posted, cancelled only before it has gone, and a cancelled one is not printed again."""
    case = case_of(bench, lena(bench))
    letter = filed(bench, case)
    on_file = page_of(bench, case, letter.id)
    bench.do(record_printed, letter.id)
    printed = page_of(bench, case, letter.id)
    bench.do(record_posted, letter.id)
    posted = page_of(bench, case, letter.id)
    other = filed(bench, case)
    bench.do(cancel_letter, other.id, reason="Wrong person")

    assert on_file.acts == {Act.PRINT, Act.SAVE, Act.CANCEL}
    assert printed.acts == {Act.PRINT, Act.SAVE, Act.CANCEL, Act.POST, Act.HAND_OVER}
    assert posted.acts == {Act.PRINT, Act.SAVE}
    assert page_of(bench, case, other.id).acts == frozenset()
    assert [moment.what for moment in posted.history] == ["Posted", "Printed", "Filed on the case"]
    assert posted.history[0].who == "Ruth Bello"


def test_a_held_letter_says_why(bench: Bench) -> None:
    """A letter held at the printer shows the reason and the way out; nobody can release it by reading it."""
    person = lena(bench)
    case = case_of(bench, person)
    letter = filed(bench, case)
    bench.do(set_safe_contact, person.id, never_by=("post",), reason="Her post is opened.")
    outcome = bench.do(record_printed, letter.id)

    page = page_of(bench, case, letter.id)

    assert not outcome.may_print
    assert (page.status, page.tone) == ("Held", "red")
    assert outcome.why in page.held
    assert Act.RELEASE not in page.acts


def test_only_a_second_person_is_offered_to_release_a_letter(bench: Bench) -> None:
    """A letter that waits to be read by somebody else offers that to everybody but its author."""
    person = lena(bench)
    bench.do(add_address, person.id, line_1="3 Quay Rise", postcode="M7 2LD", confidential=True, since=date(2027, 1, 9))
    case = case_of(bench, person, summary="Mould at the new flat, m7 2ld.")
    letter = filed(bench, case)
    mine = page_of(bench, case, letter.id)
    bench.sign_in(SANA)

    theirs = page_of(bench, case, letter.id)

    assert Act.RELEASE not in mine.acts
    assert Act.RELEASE in theirs.acts


def test_the_case_summary_is_a_page_like_the_others(bench: Bench) -> None:
    """The summary is previewed, printed and saved; it is never filed or posted."""
    page = page_of(bench, case_of(bench, lena(bench)), SUMMARY)

    assert page.acts == {Act.PRINT, Act.SAVE}
    assert page.file_name.startswith("Case summary ")
    assert "Lena Marsh" in page.text

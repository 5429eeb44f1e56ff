"""Letters are filled from the case, checked in words, filed for good, and checked again at the printer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.desks import RUTH, SANA, Bench

from almoner.casework.cases import log_case
from almoner.casework.letters import (
    LetterDraft,
    cancel_letter,
    draft_letter,
    file_letter,
    letters_for,
    print_run,
    record_handed_over,
    record_posted,
    record_printed,
    record_saved,
    release_letter,
)
from almoner.casework.residents import add_address, add_person, change_person, join_household, set_safe_contact
from almoner.paper.reading_back import text_of
from almoner.records import Attachment, Case, Letter, LetterEvent, Person, User
from almoner.records.events import LetterStep
from almoner.records.people import Format
from almoner.records.trouble import Trouble
from almoner.rules.safety import Hold


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def lena(bench: Bench, **more: Any) -> Person:
    return bench.do(
        add_person, full_name="Lena Marsh",
        addresses=[{"line_1": "9 Hob Lane", "town": "Ashmere", "postcode": "M2 1RR"}], **more,
    )  # fmt: skip


def case_of(bench: Bench, person: Person, **more: Any) -> Case:
    given = {"service": "damp-and-mould", "case_kind": "potential-significant-hazard", "subject_id": person.id,
             "summary": "Black mould in the bedroom.", "place": "9 Hob Lane"}  # fmt: skip
    return bench.do(log_case, **(given | more)).case


def drafted(bench: Bench, case: Case, **more: Any) -> LetterDraft:
    return bench.look(lambda reading: draft_letter(reading, bench.desk, case.id, "acknowledgement", **more))


def failed(draft: LetterDraft) -> set[str]:
    return {check.code for check in draft.checks if not check.passed}


def test_an_acknowledgement_is_filled_from_the_case(bench: Bench) -> None:
    """Names, address, reference, the promise and what its date depends on come from the case; every check passes."""
    case = case_of(bench, lena(bench))

    draft = drafted(bench, case)

    text = draft.job.letter.as_text()
    assert draft.job.recipient_lines == ("Lena Marsh", "9 Hob Lane", "Ashmere", "M2 1RR")
    assert draft.job.reference == case.reference
    assert "We will investigate by Tuesday 5 January 2027." in text
    assert (
        "That is 10 working days after Thursday 17 December 2026; "
        "25 December, 28 December and 1 January are bank holidays and do not count."
    ) in text
    assert (failed(draft), draft.may_be_filed) == (set(), True)
    assert [t.code for t in bench.look(lambda r: letters_for(r, bench.desk, case.id))] == ["acknowledgement"]


def test_filing_freezes_the_pdf_with_the_case(bench: Bench) -> None:
    """The file is kept by its hash, and the letter and its first step are on record."""
    case = case_of(bench, lena(bench))

    letter = bench.do(file_letter, drafted(bench, case))

    attachment = bench.look(lambda r: r.get(Attachment, letter.attachment_id))
    content = bench.files.read(attachment.sha256)
    assert hashlib.sha256(content).hexdigest() == attachment.sha256
    assert "Lena Marsh" in text_of(content)
    assert [e.step for e in bench.look(lambda r: r.all_of(LetterEvent, letter_id=letter.id))] == [LetterStep.FINAL]
    assert letter.status == "final"


def test_missing_words_stop_a_letter_and_are_named(bench: Bench) -> None:
    """What is missing shows in the preview in brackets, and the letter cannot be filed until it is typed."""
    case = case_of(bench, lena(bench), summary="")

    draft = drafted(bench, case)

    assert failed(draft) == {"blanks"}
    assert "[what we understood]" in draft.job.letter.as_text()
    with pytest.raises(Trouble, match="what we understood"):
        bench.do(file_letter, draft)
    assert drafted(bench, case, typed={"summary": "Mould."}).may_be_filed


def test_a_person_without_an_address_gets_no_post(bench: Bench) -> None:
    """No address: a blocking check with a remedy, and collection at the office still works."""
    person = bench.do(add_person, full_name="Tomos Vale")
    case = case_of(bench, person)

    assert failed(drafted(bench, case)) == {"safe-contact"}
    collected = drafted(bench, case, collect=True)
    assert collected.job.recipient_lines[1] == "To be collected at the office"
    assert collected.may_be_filed


def test_safe_contact_turns_post_into_collection(bench: Bench) -> None:
    """Somebody who may only collect is never drafted a letter to a home; the home is not in the letter's window."""
    person = lena(bench)
    case = case_of(bench, person)
    bench.do(set_safe_contact, person.id, reason="Told us so.", collect_only=True, never_at=("9 Hob Lane, M2 1RR",))

    draft = drafted(bench, case)

    assert draft.collect
    assert not any("Hob" in line for line in draft.job.recipient_lines)


def test_an_address_chosen_by_hand_is_checked_like_any_other(bench: Bench) -> None:
    """Choosing a barred address by hand stops the letter."""
    person = lena(bench)
    case = case_of(bench, person)
    home = drafted(bench, case).address_id
    bench.do(set_safe_contact, person.id, reason="Told us so.", never_at=("9 Hob Lane, M2 1RR",))

    assert "safe-contact" in failed(drafted(bench, case, address_id=home))
    assert drafted(bench, case).address_id == ""


def test_a_rule_that_came_after_filing_holds_at_the_printer(bench: Bench) -> None:
    """A letter filed before the rule is held when printed; the words for the printer name nobody and no place."""
    person = lena(bench)
    letter = bench.do(file_letter, drafted(bench, case_of(bench, person)))
    bench.do(set_safe_contact, person.id, reason="Told us so.", never_at=("9 Hob Lane, M2 1RR",))

    printed = bench.do(record_printed, letter.id)

    assert (printed.may_print, printed.hold) == (False, Hold.SAFETY)
    steps = bench.look(lambda r: r.all_of(LetterEvent, letter_id=letter.id))
    assert [(step.step, step.note) for step in steps] == [(LetterStep.FINAL, ""), (LetterStep.HELD, "safety")]
    assert bench.look(lambda r: r.get(Letter, letter.id)).status == "held"


def test_each_copy_has_its_number(bench: Bench) -> None:
    """A reprint is the same letter with the next copy number; it is posted once."""
    letter = bench.do(file_letter, drafted(bench, case_of(bench, lena(bench))))

    copies = [bench.do(record_printed, letter.id).event.copy_number for _ in range(3)]
    bench.do(record_posted, letter.id)

    assert copies == [1, 2, 3]
    assert bench.look(lambda r: r.get(Letter, letter.id)).status == "posted"
    with pytest.raises(Trouble, match="gone out"):
        bench.do(cancel_letter, letter.id, reason="Wrong date")


def test_a_printed_letter_that_is_saved_as_well_stays_printed(bench: Bench) -> None:
    """Printed says more than saved: the list must not hide that paper went out."""
    letter = bench.do(file_letter, drafted(bench, case_of(bench, lena(bench))))
    bench.do(record_printed, letter.id)

    bench.do(record_saved, letter.id)

    assert bench.look(lambda r: r.get(Letter, letter.id)).status == "printed"


def test_old_safety_data_holds_post_but_not_collection(bench: Bench) -> None:
    """A laptop that has not heard from the server for over a day prints nothing for homes."""
    person = lena(bench)
    letter = bench.do(file_letter, drafted(bench, case_of(bench, person)))
    bench.clock.advance(hours=26)

    assert bench.do(record_printed, letter.id).hold is Hold.STALE
    assert not bench.desk.council.letter_lines[-1].startswith("M")
    draft = drafted(bench, case_of(bench, person))
    age = next(check for check in draft.checks if check.code == "safety-age")
    assert (age.passed, age.blocking) == (False, False)


def test_what_was_not_printed_was_not_posted(bench: Bench) -> None:
    """Posting and handing over need a printed letter."""
    letter = bench.do(file_letter, drafted(bench, case_of(bench, lena(bench))))

    with pytest.raises(Trouble, match="not been printed"):
        bench.do(record_handed_over, letter.id)


def test_a_letter_that_gives_an_address_away_waits_for_a_second_person(bench: Bench) -> None:
    """The confidential postcode in the words holds the letter; its author cannot release it, a colleague can."""
    person = lena(bench)
    bench.do(add_address, person.id, line_1="3 Quay Rise", postcode="M7 2LD", confidential=True, since=date(2027, 1, 9))
    case = case_of(bench, person, summary="Mould at the new flat, m7 2ld.")

    draft = drafted(bench, case)
    letter = bench.do(file_letter, draft)

    assert draft.needs_second_person
    assert letter.status == "held"
    assert bench.do(record_printed, letter.id).hold is Hold.SECOND_PERSON
    with pytest.raises(Trouble, match="cannot release"):
        bench.do(release_letter, letter.id)
    bench.sign_in(SANA)
    bench.do(release_letter, letter.id)
    bench.sign_in(RUTH)
    assert bench.do(record_printed, letter.id).may_print


def test_a_letter_for_one_person_checks_everybody_it_names(bench: Bench) -> None:
    """A former partner's letter may not name the person who hides from that address."""
    hiding = lena(bench)
    partner = bench.do(
        add_person, full_name="Carl Denny",
        addresses=[{"line_1": "9 Hob Lane", "town": "Ashmere", "postcode": "M2 1RR"}],
    )  # fmt: skip
    bench.do(join_household, hiding.id, partner.id)
    bench.do(set_safe_contact, hiding.id, reason="Told us so.", never_at=("9 Hob Lane, M2 1RR",))
    case = case_of(bench, partner, summary="Lena Marsh says that the wall is wet.")

    assert failed(drafted(bench, case)) == {"names"}


def test_large_print_takes_the_size_the_person_asked_for(bench: Bench) -> None:
    """Large print without a size is 18 point; a size is taken as given; standard letters keep the usual type."""
    person = lena(bench)
    case = case_of(bench, person)
    sizes = [drafted(bench, case).job.text_pt]
    for points in (None, 20):
        bench.do(change_person, person.id, letter_format=Format.LARGE_PRINT, print_points=points)
        sizes.append(drafted(bench, case).job.text_pt)

    assert sizes == [0, 18, 20]


def test_a3_a_run_lays_the_unsafe_letter_aside(bench: Bench) -> None:
    """Forty letters made at 10:30, a rule at 11:02, printed at 11:15: 39 print, the sheet says 1 held – safety."""
    bench.clock.set(datetime(2026, 12, 17, 10, 30, tzinfo=UTC))
    person = lena(bench)
    letters = [bench.do(file_letter, drafted(bench, case_of(bench, person)))]
    neighbour = bench.do(
        add_person, full_name="Tomos Vale",
        addresses=[{"line_1": "11 Hob Lane", "town": "Ashmere", "postcode": "M2 1RR"}],
    )  # fmt: skip
    case = case_of(bench, neighbour)
    letters += [bench.do(file_letter, drafted(bench, case)) for _ in range(39)]
    bench.clock.set(datetime(2026, 12, 17, 11, 2, tzinfo=UTC))
    bench.do(set_safe_contact, person.id, reason="Told us.", collect_only=True, never_at=("9 Hob Lane, M2 1RR",))
    bench.clock.set(datetime(2026, 12, 17, 11, 15, tzinfo=UTC))
    said: list[str] = []
    object.__setattr__(bench.desk, "log", said.append)

    run = bench.do(print_run, [letter.id for letter in letters])

    assert (len(run.printed), len(run.held)) == (39, 1)
    assert run.separator == "39 letters printed; 1 held – safety"
    assert said == ["print run: 39 printed, 1 held"]
    assert run.held[0].letter.id == letters[0].id


def test_words_too_long_for_a_letter_can_be_typed_shorter(bench: Bench) -> None:
    """A very long account still gives a draft to look at; it cannot be filed until something shorter is typed."""
    case = case_of(bench, lena(bench), summary="damp " * 2000)

    assert failed(drafted(bench, case)) >= {"blanks"}
    assert drafted(bench, case, typed={"summary": "Damp in three rooms."}).may_be_filed


def test_a_letter_in_a_language_they_do_not_read_warns_only(bench: Bench) -> None:
    """Somebody who reads Polish gets the letter and a warning that a translation is needed."""
    person = lena(bench, language_written="Polish")

    draft = drafted(bench, case_of(bench, person))

    assert failed(draft) == {"language"}
    assert draft.may_be_filed


@pytest.mark.parametrize(("officer", "told"), [(RUTH, True), (SANA, False)])
def test_where_no_address_is_here_an_officer_is_told_who_may_have_one(bench: Bench, officer: User, told: bool) -> None:
    """A confidential address is not on every computer: the letter says in words who can send it, and breaks nothing."""
    case = case_of(bench, bench.do(add_person, full_name="Lena Marsh"))
    bench.sign_in(officer)
    draft = drafted(bench, case)
    (check,) = [check for check in draft.checks if check.code == "safe-contact"]

    assert "There is no address to post to." in check.what
    assert ("a supervisor can write to it" in check.do) is told


@pytest.mark.parametrize(("officer", "waits"), [(RUTH, True), (SANA, False)])
def test_a_postcode_that_nobody_here_has_waits_for_a_second_person(bench: Bench, officer: User, waits: bool) -> None:
    """Whose computer holds no confidential addresses cannot tell whether it is one: somebody else reads the letter."""
    case = case_of(bench, lena(bench), summary="Mould at the new flat, m7 2ld.")
    bench.sign_in(officer)

    assert drafted(bench, case).needs_second_person is waits

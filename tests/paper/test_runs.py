"""Tests of the separator sheet: counts that are right, and no name at the printer."""

from dataclasses import replace

from tests.paper.conftest import MakeJob
from tests.paper.looking import words_on

from almoner.paper.faces import Faces
from almoner.paper.letters import letter_pages
from almoner.paper.profiles import PrintProfile
from almoner.paper.runs import RunSheet, held_in_words, render_run_sheet, sheets_needed


def test_the_sheet_says_how_many_are_held_and_why() -> None:
    """The person at the printer learns the number and the reason, and who is not theirs to know."""
    assert held_in_words([("safety", 1), ("breathing space", 2)]) == "1 held – safety; 2 held – breathing space"
    assert held_in_words([("safety", 0)]) == "None held"


def test_the_counts_are_printed(faces: Faces) -> None:
    """The run is reconciled against what this sheet says."""
    run = RunSheet(
        council="Ashmere Borough Council",
        run="Acknowledgements",
        profile="DL window envelope",
        letters=39,
        sheets=41,
        made_by="Owen Price",
        made_at="17 Dec 2026 11:15",
        held=(("safety", 1),),
    )

    read = words_on(render_run_sheet(run, faces))

    assert "39 letters on 41 sheets" in read
    assert "1 held – safety" in read


def test_sheets_are_counted_before_printing(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """Two pages on two sides are one sheet, and every letter begins on its own."""
    one, large, both = make_job(), make_job(text_pt=20.0), profiles["dl-window"]
    pages = len(letter_pages(large, both, faces))

    assert pages == 3
    assert sheets_needed([one, one, large], both, faces) == 4
    assert sheets_needed([one, one, large], replace(both, duplex=False), faces) == 5

"""Tests of letters on paper: ink only where it may be, the address in the window, every word readable."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.paper.conftest import MakeJob
from tests.paper.looking import ink_box_mm, ink_outside, page_pictures, page_texts, words_on

from almoner.paper.faces import Faces
from almoner.paper.flow import Glyphs
from almoner.paper.ink import MM, Paper, Sheet, words
from almoner.paper.letters import LetterJob, Sender, Signatory, letter_pages, render_letter, render_letters
from almoner.paper.profiles import PrintProfile, Zone
from almoner.records.trouble import Trouble

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "letters"
CODES = ["notify", "dl-window", "c5-window"]
LONG = "The wall is wet from the floor to the window sill and the paper comes away in the hand. " * 12


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("text_pt", [0.0, 20.0, 28.0])
def test_ink_stands_only_in_the_allowed_zones(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], code: str, text_pt: float
) -> None:
    """With the allowed zones painted white, every page of every profile is blank."""
    profile = profiles[code]

    pictures = page_pictures(render_letter(make_job(text_pt=text_pt, summary=LONG), profile, faces))

    assert ink_outside(pictures[0], profile.first_page) is None
    assert len(pictures) > 1
    assert all(ink_outside(picture, profile.later_pages) is None for picture in pictures[1:])


def test_the_zone_test_sees_ink_that_is_out_of_place(profiles: dict[str, PrintProfile], faces: Faces) -> None:
    """One small full stop in the clear zone beside the address is enough to fail."""
    assert faces.missing(".") == ()
    profile, sheet = profiles["notify"], Sheet(Paper(title="Test", author="Test"))
    sheet.draw([words(24 * MM, 80 * MM, ".", "Inter-Regular", 6)])
    sheet.end_page()

    assert ink_outside(page_pictures(sheet.finish())[0], profile.first_page) is not None


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "recipient",
    [
        ("Ms Comfort Adjei", "14B Tarn Court", "AS1 4QT"),
        ("Ŵ Ŷ Jones", "Flat 2", "The Old Mill House", "1 Quay Rise", "Hob End", "Ashmere", "AS1 4QT"),
        ("The Very Reverend Max Featherstonehaugh", "1 Tarn Court", "Ashmere", "AS1 4QT"),
    ],
)
def test_the_whole_address_shows_in_the_window(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], code: str, recipient: tuple[str, ...]
) -> None:
    """Three lines or seven, short or long, all ink of the address lies in its box, which lies in the window."""
    profile = profiles[code]

    picture = page_pictures(render_letter(make_job(recipient), profile, faces))[0]
    ink = ink_box_mm(picture, profile.clear)

    assert ink is not None
    assert profile.address.holds(ink)


def test_every_line_of_the_address_is_there(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """No line is dropped, and the postcode stands alone in capitals on the last line."""
    recipient = ("Ms Adjei", "Flat 2", "The Mill", "1 Quay Rise", "Hob End", "Ashmere", "as14qt")

    marks = letter_pages(make_job(recipient), profiles["dl-window"], faces)[0]
    lines = [mark.text for mark in marks if isinstance(mark, Glyphs) and _is_in_window(mark, profiles["dl-window"])]

    assert lines == ["Ms Adjei", "Flat 2", "The Mill", "1 Quay Rise", "Hob End", "Ashmere", "AS1 4QT"]


@pytest.mark.parametrize(
    ("recipient", "says"),
    [
        (("1", "2", "3", "4", "5", "6", "7", "AS1 4QT"), "at most 7"),
        (("Ms Adjei", "14B Tarn Court", "Ashmere"), "not a UK postcode"),
        (("Ms Adjei", "x" * 120, "AS1 4QT"), "Line 2 of the address is too long"),
    ],
)
def test_an_address_that_cannot_be_printed_is_refused(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], recipient: tuple[str, ...], says: str
) -> None:
    """The officer is asked; no line is dropped or cut, and the words of the address are not repeated."""
    with pytest.raises(Trouble, match=says) as refused:
        render_letter(make_job(recipient), profiles["dl-window"], faces)

    assert refused.value.where == "the address"
    assert "Adjei" not in str(refused.value)


def test_every_word_of_the_letter_can_be_read_back(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """Nothing is clipped or lost between the words and the paper, on one page or on many."""
    job = make_job(summary=LONG)

    read = words_on(render_letter(job, profiles["notify"], faces))

    for block in job.letter.blocks:
        for line in block.lines:
            for word in "".join(span.text for span in line).split():
                assert word in read


@pytest.mark.parametrize("text_pt", [0.0, 16.0, 24.0, 36.0])
def test_no_text_runs_over_its_margin(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], text_pt: float
) -> None:
    """At any size, and with a word longer than the line, all text ends before the edge of its zone."""
    profile = profiles["dl-window"]
    job = make_job(text_pt=text_pt, summary="See https://ashmere.example/" + "repairs/" * 30)

    pages = letter_pages(job, profile, faces)

    ends = [
        mark.x + faces.width(mark.text, mark.face, mark.size)
        for page in pages
        for mark in page
        if isinstance(mark, Glyphs)
    ]
    assert max(ends) <= profile.body.right * MM


@pytest.mark.parametrize("text_pt", [16.0, 20.0, 28.0])
def test_large_print_is_large_throughout(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], text_pt: float
) -> None:
    """All text and the page numbers have the size asked for; only the postal address keeps a postal size."""
    profile = profiles["dl-window"]
    pages = letter_pages(make_job(text_pt=text_pt), profile, faces)

    sizes = {
        mark.size
        for page in pages
        for mark in page
        if isinstance(mark, Glyphs) and not (page is pages[0] and mark.down < profile.clear.bottom * MM)
    }
    addresses = {mark.size for mark in pages[0] if isinstance(mark, Glyphs) and _is_in_window(mark, profile)}

    assert min(sizes) >= text_pt
    assert addresses
    assert all(8 <= size <= 12 for size in addresses)
    assert any(f"Page 1 of {len(pages)}" == mark.text for mark in pages[0] if isinstance(mark, Glyphs))
    assert len(pages) > 1


def test_large_print_still_says_who_writes_and_when(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """What stands beside the window in an ordinary letter moves into the text, and nothing is lost."""
    read = words_on(render_letter(make_job(text_pt=24.0), profiles["notify"], faces))

    for words_ in ("17 December 2026", "ASH-7K4M-92QX-3", "1 Market Square", "01632 960417", "housing@ashmere.example"):
        assert words_ in read


def test_pages_are_numbered_and_carry_the_reference(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """Loose sheets find each other: each page says which of how many it is, and of which letter."""
    texts = page_texts(render_letter(make_job(summary=LONG), profiles["dl-window"], faces))

    assert len(texts) > 1
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert "ASH-7K4M-92QX-3" in text


def test_the_signature_never_stands_alone(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """However long the letter, the page that is signed carries the closing words too."""
    for repeat in range(1, 25):
        job = make_job(summary="The wall is wet from the floor to the window sill. " * repeat)

        signed = [
            text for text in page_texts(render_letter(job, profiles["dl-window"], faces)) if "Housing officer" in text
        ]

        assert len(signed) == 1
        assert "Yours sincerely" in signed[0]


def test_a_letter_past_the_page_limit_is_refused(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """The provider takes at most ten pages; the officer is told before anything is printed."""
    with pytest.raises(Trouble, match="takes at most 10"):
        render_letter(make_job(text_pt=36.0, summary=LONG * 3), profiles["notify"], faces)


def test_a_sender_that_does_not_fit_is_refused(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """A sender's block that would run into the letter is refused with a remedy."""
    job = replace(make_job(), sender=Sender("Housing", tuple(f"Line {number}" for number in range(20))))

    with pytest.raises(Trouble, match="do not fit beside the window"):
        render_letter(job, profiles["notify"], faces)


def test_a_character_without_a_glyph_is_refused(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """No empty box is ever printed in a name, an address or a sentence."""
    with pytest.raises(Trouble, match="cannot print"):
        render_letter(make_job(("কমলা", "1 Quay Rise", "AS1 4QT")), profiles["notify"], faces)
    with pytest.raises(Trouble, match="cannot print"):
        render_letter(make_job(summary="កខ"), profiles["notify"], faces)


def test_welsh_letters_are_printed(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """Welsh names come back from the page as they were typed, even when the accent was typed apart."""
    read = words_on(
        render_letter(make_job(("Siân Llŷr", "Tŵr y Dw\u0302r", "Ashmere", "AS1 4QT")), profiles["dl-window"], faces)
    )

    assert "Siân Llŷr" in read
    assert "Tŵr y Dŵr" in read


def test_a_name_with_accents_typed_apart_is_composed_everywhere(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """What is checked is what is printed, for the officer and the sender as for the addressee."""
    job = replace(
        make_job(), signatory=Signatory("Si\u0302an Ty\u0302", "Swyddog"), sender=Sender("Gwasanaeth Tw\u0302r")
    )

    drawn = [
        mark.text for page in letter_pages(job, profiles["notify"], faces) for mark in page if isinstance(mark, Glyphs)
    ]

    assert "Sîan Tŷ" in drawn
    assert "Gwasanaeth Tŵr" in drawn


def test_only_embedded_inter_is_in_the_file(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """A font the printer would have to guess is never named: every font is Inter, and every one is inside."""
    content = render_letter(make_job(), profiles["notify"], faces).content
    fonts = re.findall(rb"/BaseFont /(?:[A-Z]{6}\+)?(\S+)", content)

    assert fonts
    assert set(fonts) <= {b"Inter-Regular", b"Inter-SemiBold", b"Inter-Bold"}
    assert b"Helvetica" not in content
    assert content.count(b"/FontFile2") == len(fonts)


def test_the_file_says_its_language_and_nothing_personal(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """Screen readers learn the language; the properties of the file name no person and no case."""
    content = render_letter(make_job(), profiles["notify"], faces).content

    assert b"/Lang (en-GB)" in content
    assert b"/Title (Acknowledgement)" in content
    for personal in (b"Adjei", b"Tarn", b"ASH-", b"Owen"):
        assert personal not in content


def test_the_same_letter_has_the_same_bytes(make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """The hash filed with a letter can be checked by making it again; another letter has another hash."""
    first, again = (render_letter(make_job(), profiles["notify"], faces) for _ in range(2))
    other = render_letter(make_job(salutation="Ms Other"), profiles["notify"], faces)

    assert first == again
    assert first.sha256 != other.sha256


def test_each_letter_of_a_run_begins_on_its_own_sheet(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """Printed on both sides, one person's letter never begins on the back of another's."""
    jobs = [make_job(), make_job(summary=LONG), make_job()]

    texts = page_texts(render_letters(jobs, profiles["dl-window"], faces))
    starts = [number for number, text in enumerate(texts) if "Page 1 of" in text]

    assert len(starts) == 3
    assert all(start % 2 == 0 for start in starts)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(summary=st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=600))
def test_nonsense_never_leaves_the_zones(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], summary: str
) -> None:
    """Whatever is typed is set inside the margins, however it is spaced or not spaced."""
    pages = letter_pages(make_job(summary=f"x{summary}"), profiles["notify"], faces)

    for page in pages:
        for mark in page:
            if isinstance(mark, Glyphs):
                assert mark.x + faces.width(mark.text, mark.face, mark.size) <= 195 * MM
                assert mark.down <= 292 * MM


@pytest.mark.parametrize(("code", "text_pt"), [("notify", 0.0), ("dl-window", 0.0), ("dl-window", 20.0)])
def test_the_acknowledgement_is_as_agreed(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile], code: str, text_pt: float
) -> None:
    """Every line stands where it did, in the same type; a change of words or layout is made on purpose."""
    drawn = _described(make_job(text_pt=text_pt), profiles[code], faces)
    kept = (GOLDEN / f"acknowledgement-{code}-{text_pt or 12:g}pt.txt").read_text(encoding="utf-8")

    assert drawn == kept


def _is_in_window(mark: Glyphs, profile: PrintProfile) -> bool:
    """Say whether a run of text begins where the window may look."""
    return profile.clear.holds(Zone(mark.x / MM, mark.down / MM, mark.x / MM, mark.down / MM))


def _described(job: LetterJob, profile: PrintProfile, faces: Faces) -> str:
    """Write out where every run of text stands, in tenths of a millimetre, and in which type."""
    lines = []
    for number, page in enumerate(letter_pages(job, profile, faces), start=1):
        lines.append(f"page {number}")
        lines += [
            f"{mark.x / MM:6.1f} {mark.down / MM:6.1f}  {mark.face} {mark.size:g}  {mark.text}"
            for mark in page
            if isinstance(mark, Glyphs)
        ]
    return "\n".join(lines).replace("\u00a0", " ") + "\n"

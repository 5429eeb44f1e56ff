"""Tests of the case summary: complete, headed and numbered on every page, however long what it holds."""

import re
from dataclasses import replace

import pytest
from tests.paper.looking import ink_outside, page_pictures, page_texts, words_on

from almoner.paper.faces import Faces
from almoner.paper.profiles import Zone
from almoner.paper.summary import (
    CaseSummary,
    SummaryClock,
    SummaryEntry,
    SummaryPaper,
    SummaryPerson,
    SummaryTask,
    render_summary,
)
from almoner.records.trouble import Trouble

SUMMARY = CaseSummary(
    council="Ashmere Borough Council",
    reference="ASH-7K4M-92QX-3",
    title="Damp and mould at 14B Tarn Court",
    service="Damp and mould",
    stage="Investigating",
    opened="Thursday 17 December 2026, 10:05",
    place="14B Tarn Court, Ashmere, AS1 4QT",
    officer="Owen Price",
    team="Repairs East",
    printed_by="Owen Price",
    printed_at="17 Dec 2026 16:42",
    account="Black mould on the outside wall.",
    warnings=("Phone first, mornings only.",),
    answers=(("Heating used", "Yes, every day"), ("Readings", "")),
    people=(SummaryPerson(name="Comfort Adjei", role="Subject", contact="01632 960101", needs="Interpreter"),),
    clocks=(SummaryClock(label="Investigate", due="Tue 5 January 2027", state="Running", why="10 working days"),),
    tasks=(SummaryTask(text="Agree a time", who="Priya Nair", due="Fri 18 Dec 2026", state="Open"),),
    letters=(SummaryPaper(title="Acknowledgement", when="17 Dec 2026", remark="Posted"),),
    attachments=(SummaryPaper(title="wall.jpg", when="17 Dec 2026", remark="2.1 MB"),),
    timeline=(SummaryEntry(when="17 Dec 2026 10:05", kind="Note", text="It came back.", who="Owen Price"),),
)
INSIDE = (Zone(18, 6, 192, 290),)


def _entries(count: int, text: str) -> tuple[SummaryEntry, ...]:
    return tuple(
        SummaryEntry(when="17 Dec 2026 10:05", kind="Note", text=f"{number} {text}", who="Owen Price")
        for number in range(count)
    )


def test_everything_on_the_case_is_on_the_paper(faces: Faces) -> None:
    """Each part of the summary can be read on it."""
    read = words_on(render_summary(SUMMARY, faces))

    for words in (
        "Damp and mould at 14B Tarn Court", "Investigating", "Phone first, mornings only.", "Black mould",
        "Heating used Yes, every day", "Comfort Adjei", "Tue 5 January 2027", "Agree a time", "Acknowledgement",
        "wall.jpg", "It came back.", "Printed by Owen Price, 17 Dec 2026 16:42",
    ):  # fmt: skip
        assert words in read


def test_every_page_has_the_reference_its_number_and_the_head_of_the_table(faces: Faces) -> None:
    """A sheet that fell out of the file can be put back."""
    texts = page_texts(render_summary(replace(SUMMARY, timeline=_entries(120, "It came back.")), faces))

    assert len(texts) > 3
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert "ASH-7K4M-92QX-3" in text
        if number > 2:
            assert re.search(r"When\s+What\s+Entry\s+Who", text)


def test_no_entry_is_lost_between_pages(faces: Faces) -> None:
    """Every row is printed exactly once."""
    read = words_on(render_summary(replace(SUMMARY, timeline=_entries(200, "marked entry")), faces))

    assert [int(found) for found in re.findall(r"(\d+) marked entry", read)] == list(range(200))


def test_long_words_and_long_names_wrap_inside_the_page(faces: Faces) -> None:
    """A name of 300 characters and a note of thousands stay between the margins and lose no letter."""
    long = replace(
        SUMMARY,
        title="A" * 300,
        people=(SummaryPerson(name="N" * 300, role="Subject"),),
        timeline=_entries(3, "word " * 1500),
    )

    pdf = render_summary(long, faces)

    assert all(ink_outside(picture, INSIDE) is None for picture in page_pictures(pdf))
    joined = "".join("".join(page_texts(pdf)).split())
    assert joined.count("A" * 20) >= 10
    assert joined.count("word") == 4500
    assert words_on(pdf).count("N" * 10) >= 20


def test_an_empty_case_says_so(faces: Faces) -> None:
    """A part with nothing in it says that in words instead of being left out."""
    read = words_on(render_summary(replace(SUMMARY, people=(), clocks=(), tasks=(), timeline=()), faces))

    for words in ("Nobody is named.", "No clock runs.", "No tasks.", "Nothing yet."):
        assert words in read


def test_a_character_without_a_glyph_is_refused(faces: Faces) -> None:
    """Whatever part it stands in, what cannot be printed is named."""
    with pytest.raises(Trouble, match="This case summary has a character"):
        render_summary(replace(SUMMARY, people=(SummaryPerson(name="কমলা", role="Subject"),)), faces)


def test_only_embedded_fonts_and_no_personal_details_in_the_properties(faces: Faces) -> None:
    """The properties of the file name nobody, and the printer has to guess no font."""
    content = render_summary(SUMMARY, faces).content

    assert b"/Title (Case summary)" in content
    assert b"Helvetica" not in content
    assert content.count(b"/FontFile2") == content.count(b"/BaseFont")
    for personal in (b"Adjei", b"Tarn", b"ASH-"):
        assert personal not in content


def test_more_than_can_be_printed_is_refused(faces: Faces) -> None:
    """A case without end is refused in words, and quickly, instead of filling the disk."""
    with pytest.raises(Trouble, match="“Timeline” has 5,001 entries"):
        render_summary(replace(SUMMARY, timeline=_entries(5001, "x")), faces)
    with pytest.raises(Trouble, match=r"one file holds at most|more lines than one file"):
        render_summary(replace(SUMMARY, timeline=_entries(5000, "word " * 60)), faces)


def test_one_word_without_end_is_set(faces: Faces) -> None:
    """A pasted line of a hundred thousand letters neither hangs the program nor loses a letter."""
    pdf = render_summary(replace(SUMMARY, timeline=_entries(1, "z" * 100_000)), faces)

    assert "".join(page_texts(pdf)).count("z") == 100_000

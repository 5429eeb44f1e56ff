"""Tests of setting text: lines that fit, pages that break where they should."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from almoner.paper.faces import Faces
from almoner.paper.flow import Glyphs, Row, Span, Type, gap, paginate, paragraph, plain, unbroken, wrap

TEXT = Type(10, 14)


def _line(name: str, **marked: bool) -> Row:
    return Row(10, (Glyphs(0, 0, name, "Inter-Regular", 10),), **marked)


def _names(pages: tuple[tuple[Row, ...], ...]) -> list[list[str]]:
    return [[mark.text for row in page for mark in row.marks if isinstance(mark, Glyphs)] for page in pages]


@example(texts=["@@@@bb", "acf f", "ab", "bff"], width=60)
@given(st.lists(st.text("abcdef@/-é ", max_size=40), min_size=1, max_size=6), st.integers(60, 300))
def test_no_line_is_wider_than_its_column(faces: Faces, texts: list[str], width: int) -> None:
    """Words are broken only when one alone is wider than the column, and no letter is lost."""
    spans = [Span(text, strong=index % 2 == 1) for index, text in enumerate(texts)]

    lines = wrap(spans, TEXT, width, faces)

    for line in lines:
        x, face, text = line[-1]
        assert x + faces.width(text.rstrip(), face, TEXT.size) <= width + 0.01
    letters = "".join(text for line in lines for _, _, text in line).replace(" ", "")
    assert letters == "".join(texts).replace(" ", "")


def test_a_day_is_not_parted_from_its_month() -> None:
    """Dates and phone numbers are read as one, so no line ends inside them."""
    said = unbroken("by Tuesday 5 January 2027, 28 Dec, or call 01632 960417 or 020 7946 0018; May 5 apples")

    assert said == (
        "by Tuesday 5\u00a0January 2027, 28\u00a0Dec, or call 01632\u00a0960417 or 020\u00a07946 0018; May 5 apples"
    )


def test_strong_words_join_their_neighbours(faces: Faces) -> None:
    """A comma after strong words stays on their line and keeps no space before it."""
    (line,) = wrap((Span("now", strong=True), Span(", then")), TEXT, 400, faces)

    assert [text for _, _, text in line] == ["now", ", then"]


def test_held_rows_stay_together() -> None:
    """A heading goes to the next page with the line it belongs to."""
    rows = [_line("a"), _line("b"), _line("heading", hold=True), _line("c")]

    assert _names(paginate(rows, 30, 30)) == [["a", "b"], ["heading", "c"]]


def test_rows_that_cannot_stay_together_are_parted() -> None:
    """When a page cannot hold what is tied together, it is broken rather than lost."""
    rows = [_line(name, hold=True) for name in "abcde"]

    assert _names(paginate(rows, 20, 20)) == [["a", "b"], ["c", "d"], ["e"]]


def test_white_space_vanishes_at_the_top_of_a_page() -> None:
    """A page begins with its first line, not with the gap before it."""
    rows = [_line("a"), gap(10), _line("b")]

    assert _names(paginate(rows, 10, 10)) == [["a"], ["b"]]


def test_the_head_of_a_table_is_printed_again() -> None:
    """On every page a table runs over, its head stands above the first row."""
    head = _line("head")
    rows = [head, *(replace(_line(name), again=(head,)) for name in "abc")]

    assert _names(paginate(rows, 20, 20)) == [["head", "a"], ["head", "b"], ["head", "c"]]


def test_a_paragraph_leaves_no_line_alone(faces: Faces) -> None:
    """The first two and the last two lines of a paragraph stay on one page."""
    rows = paragraph(plain("word " * 60), TEXT, 0, 100, faces)

    assert len(rows) > 4
    assert rows[0].hold
    assert rows[-2].hold
    assert not rows[-1].hold
    assert not rows[1].hold

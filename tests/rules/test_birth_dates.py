"""Dates of birth: what is typed, what is kept, what is said."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.records.trouble import Trouble
from almoner.rules.birth_dates import age_words, birth_words, read_birth

TODAY = date(2026, 12, 17)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("8/3/1991", "1991-03-08"),
        (" 08.03.91 ", "1991-03-08"),
        ("8 March 1991", "1991-03-08"),
        ("8th of march 1991", "1991-03-08"),
        ("Mar 1991", "1991-03"),
        ("3/1991", "1991-03"),
        ("1991", "1991"),
        ("1991-03", "1991-03"),
        ("1991-3-8", "1991-03-08"),
        ("30/4/26", "2026-04-30"),
        ("30/4/27", "1927-04-30"),
        ("29/2/2024", "2024-02-29"),
    ],
)
def test_typed_forms(typed: str, kept: str) -> None:
    """A date of birth is taken in any form people write, day before month, and no more is kept than was said."""
    assert read_birth(typed, TODAY) == kept


@pytest.mark.parametrize(
    "typed",
    ["31/2/1991", "0/3/1991", "13/1991", "2027", "18/12/2026", "1894", "yesterday", "8/3", "x" * 500, "8 foo 1991"],
)
def test_refused(typed: str) -> None:
    """What cannot be a date of birth is refused with what to do, and the field is named."""
    with pytest.raises(Trouble) as caught:
        read_birth(typed, TODAY)

    assert caught.value.where == "Date of birth"
    assert caught.value.do


@given(st.dates(min_value=date(1895, 1, 1), max_value=TODAY))
def test_what_is_said_is_read_back(day: date) -> None:
    """The words shown for a date of birth can be typed again and mean the same."""
    kept = day.isoformat()

    assert read_birth(birth_words(kept), TODAY) == kept
    assert read_birth(birth_words(kept[:7]), TODAY) == kept[:7]


@given(st.text(max_size=60))
def test_nonsense_never_breaks(typed: str) -> None:
    """Whatever is typed, it is read or refused in words."""
    try:
        kept = read_birth(typed, TODAY)
    except Trouble:
        return
    assert kept == "" or read_birth(kept, TODAY) == kept


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1991-12-17", "35"),
        ("1991-12-18", "34"),
        ("1991", "about 35"),
        ("2023-05", "about 3"),
        ("2026-12", "about 0"),
        ("", ""),
    ],
)
def test_age(born: str, age: str) -> None:
    """An age is exact on the birthday and only about right while the day is not known."""
    assert age_words(born, TODAY) == age

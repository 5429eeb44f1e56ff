"""Tests of what makes a postal address printable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.rules.addresses import check_address_lines, is_uk_postcode, tidy_address_lines, tidy_postcode

GOOD = ("Ms Comfort Adjei", "14B Tarn Court", "Ashmere", "AS1 4QT")


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("as14qt", "AS1 4QT"),
        (" as1  4qt ", "AS1 4QT"),
        ("sw1a1aa", "SW1A 1AA"),
        ("ec1a 1bb", "EC1A 1BB"),
        ("m11ae", "M1 1AE"),
        ("bfpo12", "BFPO 12"),
        ("bfpo c/o 57", "BFPO 57"),
        ("bf1 1aa", "BF1 1AA"),
        ("not one", "not one"),
    ],
)
def test_a_postcode_is_tidied(typed: str, tidied: str) -> None:
    """A postcode has capitals and one space before its last three characters; other text is only trimmed."""
    assert tidy_postcode(typed) == tidied


@pytest.mark.parametrize("text", ["", "AS1", "AS1 4Q", "1AS 4QT", "AS1 4CQ", "QS1 4QT", "AS123 4QT", "AS1 4QTX"])
def test_what_is_no_postcode_is_refused(text: str) -> None:
    """A postcode has the published shape, not just any letters and digits."""
    assert not is_uk_postcode(text)


@given(st.from_regex(r"[A-PR-UWYZ][A-HK-Y][1-9] ?[0-9][ABD-HJLNP-UW-Z]{2}", fullmatch=True))
def test_tidying_a_postcode_twice_changes_nothing(text: str) -> None:
    """Tidying settles at once, so that a tidied address always passes its check."""
    once = tidy_postcode(text.lower())

    assert is_uk_postcode(once)
    assert tidy_postcode(once) == once


@pytest.mark.parametrize(
    "lines",
    [
        GOOD,
        ("A Soldier", "1 Platoon", "BFPO 12"),
        ("A Soldier", "HMS Nowhere", "BFPO 12", "BF1 1AA"),
        ("Anna Nowak", "ul. Długa 5", "00-238 Warszawa", "Poland"),
        ("1", "2", "3", "4", "5", "6", "AS1 4QT"),
    ],
)
def test_good_addresses_pass(lines: tuple[str, ...]) -> None:
    """Three to seven lines that end in a postcode, a BFPO number or a country can be printed."""
    assert check_address_lines(tidy_address_lines(lines)) == ()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("Ms Adjei", "AS1 4QT"), "2 of the 3 lines"),
        (("1", "2", "3", "4", "5", "6", "7", "AS1 4QT"), "at most 7"),
        (("Ms Adjei", "@home", "AS1 4QT"), "starts with “@”"),
        (("Ms Adjei", "[flat 2]", "AS1 4QT"), "starts with “[”"),
        (("Ms Adjei", "--", "AS1 4QT"), "no letter or number"),
        (("Ms Adjei", "", "AS1 4QT"), "is empty"),
        (("Ms Adjei", "14B Tarn Court", "Ashmere"), "not a UK postcode"),
        (("Ms Adjei", "14B Tarn Court", "as1 4qt"), "not written as the post wants"),
        (("Ms Adjei", "14B Tarn Court", "AS1 4QT", "England"), "names this country"),
        (("Ms Adjei", "NFA", "AS1 4QT"), "no address"),
        (("Ms Adjei", "N.F.A", "AS1 4QT"), "no address"),
        (("Ms Adjei", "No fixed abode", "AS1 4QT"), "no address"),
        (("Ms Adjei", "no fixed address, Ashmere", "AS1 4QT"), "no address"),
        (("A Soldier", "1 Platoon", "BFPO 12", "Germany"), "must not name a country"),
        (("A Soldier", "1 Platoon", "BFPO 12", "United Kingdom"), "must not name a country"),
        (("Ms Adjei", "x" * 201, "AS1 4QT"), "longer than 200"),
    ],
)
def test_bad_addresses_are_refused(lines: tuple[str, ...], says: str) -> None:
    """Each kind of bad address gets a sentence that says what is wrong and one that says what to do."""
    faults = check_address_lines(lines)

    assert any(says in fault.what for fault in faults)
    assert all(fault.do for fault in faults)


def test_a_name_that_holds_the_letters_nfa_is_no_missing_address() -> None:
    """Only the words for having no address are refused, not a name that happens to hold them."""
    assert check_address_lines(("Ms Confalone", "12 Sinfant Road", "AS1 4QT")) == ()


def test_tidying_drops_commas_and_empty_lines_only() -> None:
    """Trailing commas and empty lines go, every other line stays."""
    tidied = tidy_address_lines(("Ms  Adjei,", "", "14B Tarn Court ,", "Ashmere", "as14qt."))

    assert tidied == ("Ms Adjei", "14B Tarn Court", "Ashmere", "AS1 4QT")


def test_no_fault_repeats_the_address() -> None:
    """A fault may be logged, so it never holds what the address says."""
    faults = check_address_lines(("Zebedee", "@Quagmire", "No fixed abode", "Nowhere"))

    assert faults
    assert not any(word in f"{fault.what}{fault.do}" for fault in faults for word in ("Zebedee", "Quagmire", "Nowhere"))

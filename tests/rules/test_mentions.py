"""Postcodes and addresses are found in free text however they are typed."""

from __future__ import annotations

import pytest

from almoner.records import Address
from almoner.rules.mentions import masked_text, mentions_address, postcodes_in

QUAY_RISE = Address(id="a2", person_id="p1", line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("now at 3 Quay Rise AS7 2LD do not tell ex", ("AS7 2LD",)),
        ("as72ld", ("AS7 2LD",)),
        ("AS7\u00a02LD and as7-2ld", ("AS7 2LD",)),
        ("ＡＳ７ ２ＬＤ", ("AS7 2LD",)),
        ("SW1A 1AA, M1 1AE", ("SW1A 1AA", "M1 1AE")),
        ("ASH-7K4M-92QX-3", ()),
        ("rang on 12 Dec at 10:05, 3rd try", ()),
        ("", ()),
    ],
)
def test_postcodes_are_found_in_any_dress(text: str, found: tuple[str, ...]) -> None:
    """Case, spaces, dashes and full-width letters do not hide a postcode; references and times are none."""
    assert postcodes_in(text) == found


@pytest.mark.parametrize("text", ["at 3 quay rise", "3, Quay-Rise", "as7 2ld"])
def test_an_address_is_recognised_by_line_or_postcode(text: str) -> None:
    """The first line or the postcode alone gives an address away."""
    assert mentions_address(text, QUAY_RISE)


def test_a_bare_house_name_does_not_match_everything() -> None:
    """A first line of one short word is no address to look for."""
    assert not mentions_address("the flat is damp", Address(id="a", person_id="p", line_1="Flat"))


def test_masking_leaves_the_rest_of_the_text() -> None:
    """What gives the address away is blacked out; every other word stays."""
    assert masked_text("now at 3 Quay Rise, as7 2ld, do not tell", [QUAY_RISE]) == (
        "now at [address withheld], [address withheld], do not tell"
    )

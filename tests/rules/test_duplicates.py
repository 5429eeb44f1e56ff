"""How likely two entries are one person."""

import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.rules.duplicates import LIKELY, Details, likeness
from almoner.rules.folding import folded, phone_digits

KNOWN_PAIRS = Path(__file__).parents[3] / "shared" / "data" / "duplicates" / "febrl_dataset1.csv"


def person(name: str, born: str = "", postcode: str = "", phone: str = "", address: str = "") -> Details:
    return Details(names=(name,), born=born, postcode=postcode, phones=(phone,) if phone else (), address=address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Grace Bramley"), person("grace bramley")),
        (person("Grace Bramley", "1980-04-12"), person("Bramley Grace", "1980-04-12")),
        (person("Siobhán O'Brien", "1980-04-12"), person("Siobhan OBrian", "1980-04-12")),
        (person("Grace Bramley", "1980-04-12", "AS2 1RR"), person("Grace Bramly", "1980-12-04", "AS2 1RR")),
        (person("G Bramley", "1980-04-12", "AS2 1RR"), person("Grace Bramley", "1980-04-12", "AS21RR")),
        (person("Grace Bramley", phone="07700 900123"), person("Grace Thorley", phone="+44 7700 900123")),
    ],
)
def test_one_person(one: Details, other: Details) -> None:
    """Slips, accents, changed-over names and dates, and a new surname with the same telephone do not hide a person."""
    assert likeness(one, other).score >= LIKELY
    assert likeness(one, other).reasons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Amina Khan", "2015-03-01", "AS2 1RR"), person("Bilal Khan", "2015-03-01", "AS2 1RR")),
        (person("Grace Bramley", "1950-01-01", "AS2 1RR"), person("Tomasz Bramley", "1985-07-07", "AS2 1RR")),
        (person("Grace Bramley", "1980-04-12"), person("Kwame Thorley", "1980-04-12")),
        (person("Grace Bramley", "1980-04-12"), person("Grace Bramley", "1951-11-30")),
        (person("Grace"), person("Grace")),
        (person(""), person("")),
    ],
)
def test_two_people(one: Details, other: Details) -> None:
    """Twins, parent and child, and people who share one thing only are not taken for one person."""
    assert likeness(one, other).score < LIKELY


def test_earlier_names_count() -> None:
    """A former surname is enough to be recognised by."""
    now = Details(names=("Grace Thorley", "Grace Bramley"), born="1980-04-12")

    assert likeness(now, person("Grace Bramley", "1980-04-12")).score >= LIKELY


def test_reasons_in_words() -> None:
    """The officer reads what speaks for it."""
    alike = likeness(
        person("Grace Bramley", "1980-04-12", "AS2 1RR", "01632 960001", "9 Hob Lane"),
        person("Grase Bramley", "1980-04-12", "as21rr", "+441632960001", "9 Hob Ln"),
    )

    assert alike.reasons == (
        "name sounds or looks alike", "same date of birth", "same telephone number", "same postcode",
        "same or nearly the same address",
    )  # fmt: skip


_DETAILS = st.builds(
    Details,
    names=st.lists(st.text(max_size=30), min_size=0, max_size=3).map(tuple),
    born=st.sampled_from(["", "2019", "2019-04", "2019-04-30", "2019-05-30", "nonsense"]),
    postcode=st.text(max_size=9),
    phones=st.lists(st.text(max_size=15), max_size=2).map(tuple),
    address=st.text(max_size=40),
)


@given(one=_DETAILS, other=_DETAILS)
def test_score_is_a_share_and_has_no_sides(one: Details, other: Details) -> None:
    """The score lies between 0 and 1 and does not depend on who is compared with whom."""
    there, back = likeness(one, other), likeness(other, one)

    assert 0 <= there.score <= 1
    assert abs(there.score - back.score) < 0.02


def test_folding() -> None:
    """Words and numbers are compared without their dress."""
    assert folded("  Siobhán  O’Brien-Smith ") == "siobhan obrien smith"
    assert {phone_digits(t) for t in ("07700 900123", "+44 7700 900123", "0044 (0)7700-900123")} == {"7700900123"}


@pytest.mark.skipif(
    not KNOWN_PAIRS.exists(), reason="The published set of known duplicates is not beside the repository"
)
def test_against_known_duplicates() -> None:
    """On a published set of 500 people entered twice with mistakes, F1 is at least 0.95."""
    entries = _entries()
    truth = {pair for pair in combinations(sorted(entries), 2) if pair[0].split("-")[1] == pair[1].split("-")[1]}

    found = {pair for pair in _pairs_that_share_something(entries) if _is_likely(entries, pair)}

    right = len(found & truth)
    precision, recall = right / len(found), right / len(truth)
    assert 2 * precision * recall / (precision + recall) >= 0.95


def _entries() -> dict[str, Details]:
    with KNOWN_PAIRS.open(encoding="utf-8", newline="") as file:
        return {row["rec_id"]: _entry(row) for row in csv.DictReader(file, skipinitialspace=True)}


def _entry(row: dict[str, str]) -> Details:
    born = row["date_of_birth"]
    place = (row["street_number"], row["address_1"], row["address_2"], row["suburb"])
    return person(
        f"{row['given_name']} {row['surname']}".strip(),
        f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else "",
        row["postcode"],
        address=" ".join(filter(None, place)),
    )


def _pairs_that_share_something(entries: dict[str, Details]) -> set[tuple[str, str]]:
    """Only entries with the same word in the name, birth date or postcode are compared, as the store does it."""
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    for id, details in sorted(entries.items()):
        for key in (*folded(details.names[0]).split(), details.born, details.postcode):
            if key:
                blocks[key].append(id)
    return {pair for block in blocks.values() for pair in combinations(sorted(set(block)), 2)}


def _is_likely(entries: dict[str, Details], pair: tuple[str, str]) -> bool:
    return likeness(entries[pair[0]], entries[pair[1]]).score >= LIKELY

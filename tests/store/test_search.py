"""One box that finds people and cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.store.shelf import ANN, NOW, Shelf, day, days, shelf_in

from almoner.records import Address, Flag, SafeContactRule
from almoner.records.cases import CaseStatus
from almoner.records.people import FlagKind
from almoner.rules.references import make_reference
from almoner.store.faults import Interrupted
from almoner.store.search import Found, likely_duplicates, search


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def names(found: Found) -> list[str]:
    return [hit.name for hit in found.people]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with shelf_in(tmp_path_factory.mktemp("street") / "store") as shelf:
        shelf.person(
            "Siobhán Smith-O'Brien", known_as="Vonnie", earlier_names=("Siobhán Müller",), line_1="9 Hob Lane",
            postcode="AS2 1RR", phone="+44 1632 960001",
        )  # fmt: skip
        shelf.person("Kwame Thorley", line_1="77 Quarry Road", postcode="AS9 4LL", phone="07700 900222")
        yield shelf


@pytest.mark.parametrize(
    "typed",
    [
        "o'b", "O’Brien", "obrien", "siobhan", "SIOBHÁN", "smith-o", "sio smi", "smi sio", "vonnie", "muller", "müller",
        "as2 1rr", "AS21RR", "as2 1", "as21", "9 hob", "hob lane", "ashm obr", "01632 960 001", "+44 1632 960001",
        "960001",
        "o'brein", "siobahn", "obryan siobhan",
    ],
)  # fmt: skip
def test_ways_to_find_a_person(street: Shelf, typed: str) -> None:
    """A person is found by part of any name they had, address, postcode, telephone number, or with one slip."""
    assert names(street.look(search, typed)) == ["Siobhán Smith-O'Brien"]


def test_order_of_people(shelf: Shelf) -> None:
    """The surname typed comes before surnames that begin so, and those before first names and streets."""
    shelf.person("Ann Other", line_1="1 Hart Street", postcode="AS1 1AA")
    shelf.person("Hart Quince")
    shelf.person("Bo Hartley")
    shelf.person("Cy Hart")

    found = shelf.look(search, "hart")

    assert names(found) == ["Cy Hart", "Bo Hartley", "Hart Quince", "Ann Other"]


def test_initial_narrows(shelf: Shelf) -> None:
    """An initial beside a surname narrows what is found."""
    shelf.person("John Marsh")
    shelf.person("Lena Marsh")

    assert names(shelf.look(search, "l marsh")) == ["Lena Marsh"]


def test_slips_only_when_little_is_found(shelf: Shelf) -> None:
    """Similar names do not crowd out exact ones."""
    for first in ("Ann", "Bo", "Cy", "Di", "Ed"):
        shelf.person(f"{first} Marsh")
    shelf.person("Flo Marshe")
    shelf.person("Gus Mersh")

    assert "Gus Mersh" not in names(shelf.look(search, "marsh"))
    assert "Gus Mersh" in names(shelf.look(search, "mersh"))


def test_why_and_flags(shelf: Shelf) -> None:
    """A hit says how it was found and shows the warnings that stand, not those that ended."""
    person = shelf.person("Lena Marsh", phone="01632 960002", deceased_on=day(-3))
    usual = {"person_id": person.id, "starts_on": day(-10), "review_on": day(90)}
    shelf.put(
        Flag(id="f1", warning=FlagKind.RISK_TO_STAFF, reason="Dog", **usual),
        Flag(id="f2", warning=FlagKind.MISSING_PERSON, reason="Found", ended_on=day(-1), **usual),
        SafeContactRule(id="s1", **usual),
    )

    hit = shelf.look(search, "01632960002").people[0]

    assert hit.why == "telephone"
    assert sorted(hit.flags) == ["Has died", "Risk to staff", "Safe contact"]


@pytest.mark.parametrize("typed", ["quay", "as7 2ld", "as72ld", "3 quay rise", "2ld"])
def test_confidential_address_finds_nobody(shelf: Shelf, typed: str) -> None:
    """Nobody is found by a confidential address, and it is masked where the person is found otherwise."""
    shelf.person("Lena Marsh", line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)

    assert shelf.look(search, typed).people == ()
    hit = shelf.look(search, "lena marsh").people[0]
    assert (hit.address, hit.confidential) == ("Confidential address", True)


def test_address_made_confidential_is_forgotten(shelf: Shelf) -> None:
    """The moment an address becomes confidential, search no longer finds anybody by it."""
    person = shelf.person("Lena Marsh", line_1="3 Quay Rise", postcode="AS7 2LD")
    before = names(shelf.look(search, "as7 2ld"))
    address = shelf.look(lambda reading: reading.all_of(Address, person_id=person.id))[0]

    shelf.change(address, confidential=True)

    assert before == ["Lena Marsh"]
    assert names(shelf.look(search, "as7 2ld")) == []


def test_restricted_person(shelf: Shelf) -> None:
    """Of somebody restricted to a team, others see the name and nothing else; the team sees all."""
    person = shelf.person(
        "Ola Stone", line_1="1 Mill Lane", postcode="AS1 1AA", date_of_birth="1980-01-01", restricted_team_id="team-2"
    )
    case = shelf.case("Very private matter", subject=person, due=days(1))

    outside, inside = shelf.look(search, "stone"), shelf.look(search, "stone", teams=("team-2",))
    by_text = shelf.look(search, "private matter")
    by_reference = shelf.look(search, case.reference)

    hit = outside.people[0]
    assert (hit.restricted, hit.name, hit.address, hit.born, hit.flags) == (True, "Ola Stone", "", "", ())
    assert outside.cases == ()
    assert by_text.cases == ()
    assert "private" not in repr(by_reference)
    assert (inside.people[0].address, inside.cases[0].title) == ("1 Mill Lane, Ashmere AS1 1AA", "Very private matter")


@pytest.mark.parametrize("cut", [7, 8, 10, 13, 15])
def test_reference(shelf: Shelf, cut: int) -> None:
    """A case is found by its reference or the beginning of it, with or without capitals, dashes and prefix."""
    reference = make_reference("ASH", 123_456_789_012)
    shelf.case("Wanted", reference=reference)
    shelf.case("Other", reference=make_reference("ASH", 987_654_321_098))
    typed = reference[:cut]

    for form in (typed, typed.lower(), typed.replace("-", ""), typed.replace("-", " "), typed.removeprefix("ASH-")):
        assert [hit.title for hit in shelf.look(search, form).cases] == ["Wanted"], form


def test_case_text(shelf: Shelf) -> None:
    """Cases are found by words of their title, summary and notes, the latest written first, each once."""
    first = shelf.case("Damp in bedroom", summary="Black patches by the window")
    second = shelf.case("Noise at night")
    shelf.note(first, "Rang the landlord about the boiler")
    shelf.note(second, "The boiler again; the landlord's number is wrong, says landlord")
    shelf.note(second, "Boiler mended")

    def found(typed: str) -> list[str]:
        return [hit.id for hit in shelf.look(search, typed).cases]

    assert found("boiler landlord") == [second.id, first.id]
    assert found("boil") == [second.id, first.id]
    assert found("patches") == [first.id]
    assert found("damp boiler") == [first.id]
    assert found("nothing such") == []


def test_cases_of_the_person_found(shelf: Shelf) -> None:
    """Whoever is found brings the cases about them, open ones first."""
    person = shelf.person("Grace Bramley")
    shelf.case("Old", subject=person, status=CaseStatus.CLOSED, closed_at=NOW)
    shelf.case("New", subject=person, due=days(2))

    hits = shelf.look(search, "bramley").cases

    assert [(hit.title, hit.person, hit.due, hit.why) for hit in hits] == [
        ("New", "Grace Bramley", days(2), "person"), ("Old", "Grace Bramley", None, "person"),
    ]  # fmt: skip


def test_forgets_who_left(shelf: Shelf) -> None:
    """People and cases that leave the device leave no trace in search."""
    person = shelf.person("Grace Bramley", line_1="9 Hob Lane", postcode="AS2 1RR", phone="01632 960001")
    case = shelf.case("Damp", subject=person)
    note = shelf.note(case, "boiler")

    shelf.remove("people", "person", person.id)
    shelf.remove("notes", "note", note.id)
    shelf.remove("cases", "case", case.id)
    shelf.person("Somebody New")

    for typed in ("bramley", "hob lane", "960001", "boiler", "damp", case.reference):
        assert shelf.look(search, typed) == Found()


def test_limit(shelf: Shelf) -> None:
    """No more is shown than asked for."""
    for n in range(8):
        shelf.case("Damp", subject=shelf.person(f"Marsh Number{n}"))

    found = shelf.look(search, "marsh", 3)

    assert (len(found.people), len(found.cases)) == (3, 3)


def test_text_budget(shelf: Shelf) -> None:
    """When the time for case text is up, search says so and shows what it has, and the reader works on."""
    for n in range(120):
        shelf.case(f"Damp number {n}")

    short = shelf.look(search, "damp", budget_ms=0)

    assert len(shelf.look(search, "damp").cases) == 20
    assert short.complete is False or len(short.cases) <= 20
    assert shelf.look(search, "damp").complete is True


def test_interrupted_by_a_newer_wish(shelf: Shelf) -> None:
    """An interruption from outside ends a search at once and is not taken for nothing found."""
    shelf.person("Lena Marsh")

    def interrupted_search(reading: object) -> Found:
        raw = reading.connection.connection.dbapi_connection  # type: ignore[attr-defined]
        raw.set_progress_handler(lambda: 1, 1)
        try:
            return search(reading, "marsh")  # type: ignore[arg-type]
        finally:
            raw.set_progress_handler(None, 0)

    with pytest.raises(Interrupted):
        shelf.reader.read(interrupted_search)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with shelf_in(tmp_path_factory.mktemp("busy") / "store") as shelf:
        person = shelf.person("Siobhán O'Brien", line_1="9 Hob Lane", postcode="AS2 1RR", phone="01632 960001")
        shelf.note(shelf.case("Damp", subject=person), 'AND "boiler" OR (NEAR)')
        yield shelf


_SIGNS = ["'", '"', ")", "*", "^", ":", "-", "+", "{", "%", "_", "\\", "’", "\x00", "\ud800", "²", "½"]
_WORDS = [
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "words:",
    "0",
    "o'",
    "ASH-",
    "æ",
    "ß",
    "ı",
    "ﬁ",
    "ก",
    "नि",
    "中",
    "e\u0301",
    "٣",
    "𝒜",
]
_NASTY = st.sampled_from([*_SIGNS, *_WORDS])
_TYPED = st.one_of(
    st.text(max_size=300), st.lists(_NASTY, max_size=12).map(" ".join), st.lists(_NASTY, max_size=12).map("".join)
)


@settings(max_examples=200, deadline=None)
@given(typed=_TYPED)
@example(typed="ten signs\ud800")
def test_nothing_typed_raises(busy: Shelf, typed: str) -> None:
    """Whatever is typed, search answers; nonsense finds nothing."""
    assert isinstance(busy.look(search, typed), Found)
    assert isinstance(busy.look(likely_duplicates, typed, typed, typed, typed), tuple)


@settings(max_examples=30, deadline=None)
@given(name=st.text(alphabet="abcdefghijklmnopqrstuvwxyz'éüß -", min_size=2, max_size=20))
def test_a_name_finds_itself(busy: Shelf, name: str) -> None:
    """Whoever is entered is found by the name entered."""
    if not any(len(word.replace("'", "")) > 1 for word in name.replace("-", " ").split()):
        return
    person = busy.person(name.strip() or "x")

    found = busy.look(search, name, 500)

    assert person.id in [hit.id for hit in found.people]
    busy.remove("people", "person", person.id)


def test_duplicates(shelf: Shelf) -> None:
    """A person about to be entered again is recognised, with reasons in words; someone else is not."""
    person = shelf.person(
        "Siobhán O'Brien", date_of_birth="1980-04-12", line_1="9 Hob Lane", postcode="AS2 1RR", phone="01632 960001"
    )
    shelf.person("Niamh O'Brien", date_of_birth="2012-09-01", line_1="9 Hob Lane", postcode="AS2 1RR")
    shelf.person("Kwame Thorley", date_of_birth="1980-04-12")

    found = shelf.look(likely_duplicates, "Shivaun OBrian", "1980-04-12", "as21rr", "01632960001")

    assert [hit.id for hit in found] == [person.id]
    assert {"same date of birth", "same postcode", "same telephone number"} <= set(found[0].reasons)
    assert found[0].score > 0.7
    assert shelf.look(likely_duplicates, "Siobhan O'Brien", "1980-04-12", ignore=person.id) == ()


def test_duplicates_keep_secrets(shelf: Shelf) -> None:
    """A confidential address is no reason and is not shown; of a restricted person only the name is."""
    shelf.person("Lena Marsh", date_of_birth="1990-01-02", line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)
    shelf.person("Ola Stone", date_of_birth="1980-01-01", restricted_team_id="team-2")

    by_postcode = shelf.look(likely_duplicates, "Someone Else", "", "AS7 2LD")
    lena = shelf.look(likely_duplicates, "Lena Marsh", "1990-01-02", "AS7 2LD")[0]
    ola = shelf.look(likely_duplicates, "Ola Stone", "1980-01-01")[0]

    assert by_postcode == ()
    assert (lena.address, "same postcode" in lena.reasons) == ("Confidential address", False)
    assert (ola.restricted, ola.reasons, ola.born) == (True, (), "")
    assert ANN.team_id != "team-2"

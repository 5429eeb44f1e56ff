"""What the search box finds in a real store."""

from __future__ import annotations

from almoner.casework.residents import change_person
from almoner.desktop.finding import found_groups
from almoner.desktop.parts.search_popup import Hit
from tests.desks import OTHER_TEAM
from tests.desktop.office import Office


def _find(office: Office, typed: str) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    people, cases = office.look(lambda reading: found_groups(reading, typed, office.clock.now()))
    return people.hits, cases.hits


def test_finds_people_and_their_cases(office: Office) -> None:
    """Part of a name brings the person and their case, and each hit names the screen it opens."""
    people, cases = _find(office, "comf")

    assert [(hit.kind, hit.id) for hit in people] == [("person", office.people["Comfort"].id)]
    assert "Born 8 Mar 1991" in people[0].second
    assert "14B Tarn Court" in people[0].second
    assert (cases[0].kind, cases[0].id) == ("case", office.cases["Comfort"].id)
    assert cases[0].tag


def test_masks_confidential_addresses(office: Office) -> None:
    """A confidential address is never in the results, and safe contact is said beside the name."""
    people, cases = _find(office, "nadia hussain")

    assert people[0].second.endswith("Confidential address")
    assert people[0].tag == "Safe contact"
    assert not any("Wharf" in f"{hit.title}{hit.second}" for hit in (*people, *cases))


def test_a_reference_finds_its_case(office: Office) -> None:
    """A case reference finds exactly its case."""
    case = office.cases["Mei Quinn"]
    people, cases = _find(office, case.reference.replace("-", " ").lower())

    assert people == ()
    assert [hit.id for hit in cases] == [case.id]


def test_another_teams_record_shows_its_name_only(office: Office) -> None:
    """Somebody kept for another team is found by name; nothing else about them is shown."""
    person_id = office.people["Comfort"].id
    office.doors.write_and_wait(lambda tx: change_person(tx, office.desk, person_id, restricted_team_id=OTHER_TEAM.id))

    people, cases = _find(office, "comfort adjei")

    assert people[0].title == "Comfort Adjei"
    assert people[0].second == "Restricted: another team holds this record"
    assert not any("Black mould" in hit.title for hit in cases)

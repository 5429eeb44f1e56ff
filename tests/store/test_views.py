"""One case, and one person, with everything their page shows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.store.shelf import ANN, NOW, Shelf, clock, day, days, shelf_in

from almoner.records import (
    Address,
    Answer,
    Flag,
    HouseholdMembership,
    Participant,
    SafeContactRule,
    Task,
)
from almoner.records.cases import CaseStatus, ClockState, Role
from almoner.records.conflicts import Conflict
from almoner.records.people import AddressKind, FlagKind
from almoner.records.trouble import Trouble
from almoner.store.timeline import case_view, person_view


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def test_case_page(shelf: Shelf) -> None:
    """A case's page has its people and their addresses, clocks by what is due, tasks, answers and what is unsettled."""
    subject = shelf.person("Grace Bramley", line_1="9 Hob Lane", postcode="AS2 1RR", phone="01632 960001")
    reporter = shelf.person("Rae Porter")
    case = shelf.case(subject=subject, due=days(10))
    shelf.put(
        clock(case, days(2), id="sooner"),
        clock(case, days(-9), id="met", state=ClockState.MET, ended_at=NOW),
        Participant(id="reporter", case_id=case.id, person_id=reporter.id, role=Role.REPORTER),
        Task(id="done", case_id=case.id, title="Done", created_by=ANN.id, recorded_at=NOW, done_at=NOW, done_by=ANN.id),
        Task(id="open", case_id=case.id, title="Open", do_by=day(9), created_by=ANN.id, recorded_at=NOW),
        Answer(id="answer", case_id=case.id, question="rooms", value="bedroom"),
        Conflict(
            id="conflict", case_id=case.id, record_kind="case", record_id=case.id, field="stage", in_force="a",
            offered="b", offered_by=ANN.id, offered_at=NOW, mutation_id="m",
        ),
    )  # fmt: skip

    view = shelf.look(case_view, case.id)

    assert view.subject is not None
    assert view.subject.person.full_name == "Grace Bramley"
    assert view.subject.current_address is not None
    assert view.subject.current_address.line_1 == "9 Hob Lane"
    assert [party.details.person.full_name for party in view.parties] == ["Grace Bramley", "Rae Porter"]
    assert [each.id for each in view.clocks] == ["sooner", f"clock-{case.id}", "met"]
    assert view.next_clock is not None
    assert view.next_clock.id == "sooner"
    assert [task.id for task in view.tasks] == ["open", "done"]
    assert (view.answers[0].value, len(view.conflicts)) == ("bedroom", 1)
    assert (view.owner, view.team and view.team.name, view.names[ANN.id]) == (ANN, "Repairs", "Ann Officer")
    assert view.unsent == 10


def test_safety_of_everyone_in_the_case(shelf: Shelf) -> None:
    """Rules and warnings of everyone in the case stand at its top, once each, and not those that ended."""
    subject, other = shelf.person("Lena Marsh"), shelf.person("Kit Marsh")
    case = shelf.case(subject=subject)
    usual = {"starts_on": day(-10), "review_on": day(90)}
    shelf.put(
        Participant(id="again", case_id=case.id, person_id=subject.id, role=Role.REPORTER),
        Participant(id="household", case_id=case.id, person_id=other.id, role=Role.HOUSEHOLD),
        SafeContactRule(id="rule", person_id=subject.id, never_by=("post",), **usual),
        SafeContactRule(id="ended", person_id=subject.id, ended_on=day(-1), **usual),
        Flag(id="flag", person_id=other.id, warning=FlagKind.RISK_TO_STAFF, reason="Dog", **usual),
    )

    view = shelf.look(case_view, case.id)

    assert [rule.id for rule in view.safe_contact] == ["rule"]
    assert [flag.id for flag in view.flags] == ["flag"]


def test_person_page(shelf: Shelf) -> None:
    """A person's page has current addresses before former ones, household, and every case with their part in it."""
    person, child = shelf.person("Grace Bramley"), shelf.person("Kit Bramley")
    former = shelf.person("Old Flatmate")
    where = {"person_id": person.id, "postcode": "AS2 1RR"}
    shelf.put(
        Address(id="old", line_1="1 Old Road", until=day(-100), **where),
        Address(id="post", line_1="PO Box 1", purpose=AddressKind.CORRESPONDENCE, **where),
        Address(id="home", line_1="9 Hob Lane", since=date(2020, 1, 1), **where),
        HouseholdMembership(id="m1", household_id="h", person_id=person.id),
        HouseholdMembership(id="m2", household_id="h", person_id=child.id, relationship="child"),
        HouseholdMembership(id="m3", household_id="h", person_id=former.id, until=day(-5)),
    )
    closed = shelf.case("Closed", subject=person, status=CaseStatus.CLOSED, closed_at=NOW)
    case = shelf.case("Child's", subject=child)
    shelf.put(Participant(id="rep", case_id=case.id, person_id=person.id, role=Role.REPRESENTATIVE))

    view = shelf.look(person_view, person.id)

    assert [address.id for address in view.details.addresses] == ["home", "post", "old"]
    assert [(member.person.full_name, member.membership.relationship) for member in view.household] == [
        ("Kit Bramley", "child")
    ]
    assert [row.title for row in view.cases] == ["Child's", "Closed"]
    assert view.roles == {closed.id: ("subject",), case.id: ("representative",)}
    assert view.unsent == 4


def test_restricted_to_a_team(shelf: Shelf) -> None:
    """A restricted person's page names the team that may see it."""
    person = shelf.person("Ola Stone", restricted_team_id="team-2")

    view = shelf.look(person_view, person.id)

    assert view.restricted_team is not None
    assert view.restricted_team.name == "Wardens"


def test_person_missing_from_a_case(shelf: Shelf) -> None:
    """A case whose subject has not arrived yet can still be opened."""
    case = shelf.case()
    shelf.put(Participant(id="part", case_id=case.id, person_id="not-here", role=Role.SUBJECT))

    view = shelf.look(case_view, case.id)

    assert (view.parties, view.subject) == ((), None)


@pytest.mark.parametrize("look", [case_view, person_view])
def test_not_on_this_device(shelf: Shelf, look: object) -> None:
    """What is not on this device is said to be so, in words."""
    with pytest.raises(Trouble):
        shelf.look(look, "nowhere")  # type: ignore[arg-type]

"""Who may see a case or a resident besides their team: by whom it is decided, with whom, until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.desks import OTHER_TEAM, RUTH, SANA, TEAM, Bench

from almoner.casework.person_page import read_person_page
from almoner.casework.residents import add_address, add_contact_point, add_person, remove_address, remove_contact_point
from almoner.casework.sharing import (
    case_shares,
    end_consent,
    end_share,
    may_open,
    person_consents,
    record_consent,
    share_case,
    shared_words,
)
from almoner.casework.tasks import add_task, finish_task, remove_task
from almoner.records import Address, Case, CaseShare, ConsentGrant, ContactPoint, Letter, Person, Task, User
from almoner.records.people import Channel
from almoner.records.sharing import Basis, SharingState
from almoner.records.trouble import Trouble
from almoner.store.timeline import timeline

JOAN = User(id="u-joan", username="joan", full_name="Joan Marsh", team_id=OTHER_TEAM.id, team_ids=(OTHER_TEAM.id,))
WHY: dict[str, Any] = {"basis": Basis.PUBLIC_TASK, "why": "Both work there."}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    bench.write(lambda tx: tx.add(JOAN))
    yield bench
    bench.close()


@pytest.fixture
def case(bench: Bench) -> Case:
    """A case of Ruth's team."""
    record = Case(
        id=bench.ids.new(), reference="ASH-1", service="damp-and-mould", title="Mould", stage="new", team_id=TEAM.id,
        opened_by=RUTH.id, aware_at=bench.clock.now(), recorded_at=bench.clock.now(),
    )  # fmt: skip
    bench.write(lambda tx: tx.add(record))
    return record


@pytest.fixture
def person(bench: Bench) -> Person:
    """Somebody kept for Ruth's team."""
    return bench.do(add_person, full_name="Lena Marsh", restricted_team_id=TEAM.id)


def test_a_share_says_with_whom_why_and_until_when(bench: Bench, case: Case) -> None:
    """On the page while it holds, on the timeline for ever."""
    share = bench.do(share_case, case.id, team_id=OTHER_TEAM.id, until=date(2027, 3, 1), **WHY)
    (line,) = bench.look(lambda r: case_shares(r, bench.desk, case.id))
    bench.clock.advance(minutes=5)
    bench.do(end_share, share.id)
    (over,) = bench.look(lambda r: case_shares(r, bench.desk, case.id))
    headings = [entry.heading for entry in bench.look(lambda r: timeline(r, case.id))]

    assert (line.with_whom, line.why, line.ground) == (OTHER_TEAM.name, "Both work there.", "Our work needs it")
    assert line.dates.endswith("until 1 Mar 2027")
    assert (line.is_over, line.may_end, over.is_over, over.may_end) == (False, True, True, False)
    assert headings[:2] == [f"No longer shared with {OTHER_TEAM.name}", f"Shared with {OTHER_TEAM.name}"]


def test_ending_a_share_again_keeps_who_ended_it(bench: Bench, case: Case) -> None:
    """The first end stands."""
    share = bench.do(share_case, case.id, user_id=JOAN.id, **WHY)
    bench.do(end_share, share.id)
    bench.sign_in(SANA)
    ended = bench.do(end_share, share.id)

    assert (ended.state, ended.ended_by) == (SharingState.ENDED, RUTH.id)


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({}, "Nobody is chosen"),
        ({"team_id": TEAM.id}, "sees this case already"),
        ({"user_id": SANA.id}, "sees this case already"),
        ({"team_id": "no-such-team"}, "team is not known"),
        ({"user_id": "no-such-officer"}, "does not work here"),
        ({"team_id": OTHER_TEAM.id, "why": " "}, "“Why” is empty"),
        ({"team_id": OTHER_TEAM.id, "until": date(2020, 1, 1)}, "over already"),
        ({"team_id": OTHER_TEAM.id, "until": date(2099, 1, 1)}, "two years"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(bench: Bench, case: Case, how: dict[str, Any], what: str) -> None:
    """Each fault in words, and nothing is kept."""
    with pytest.raises(Trouble, match=what):
        bench.do(share_case, case.id, **{**WHY, **how})

    assert bench.look(lambda r: r.all_of(CaseShare)) == ()


def test_the_same_share_is_not_made_twice_while_it_holds(bench: Bench, case: Case) -> None:
    """Once it has run out it may be made again."""
    today = bench.clock.now().date()
    bench.do(share_case, case.id, team_id=OTHER_TEAM.id, until=today, **WHY)
    with pytest.raises(Trouble, match=r"shared with .* already"):
        bench.do(share_case, case.id, team_id=OTHER_TEAM.id, **WHY)
    bench.clock.advance(days=1)
    again = bench.do(share_case, case.id, team_id=OTHER_TEAM.id, **WHY)

    assert again.until is None


def test_whoever_only_shares_a_case_does_not_decide_who_else_sees_it(bench: Bench, case: Case) -> None:
    """Joan is told that it is shared with her, until when, and whom to ask."""
    share = bench.do(share_case, case.id, team_id=OTHER_TEAM.id, until=date(2027, 3, 1), **WHY)
    bench.sign_in(JOAN)

    assert (
        bench.look(lambda r: shared_words(r, bench.desk, case)) == f"Shared with you by {TEAM.name} until 1 Mar 2027."
    )
    for act in (lambda: bench.do(share_case, case.id, user_id=JOAN.id, **WHY), lambda: bench.do(end_share, share.id)):
        with pytest.raises(Trouble, match="Only the team this case belongs to"):
            act()
    assert not bench.look(lambda r: case_shares(r, bench.desk, case.id))[0].may_end


def test_consent_opens_a_person_kept_for_a_team(bench: Bench, person: Person) -> None:
    """Joan may open the page while consent holds, and not before or after."""

    def open_to_joan() -> bool:
        desk = replace(bench.desk, me=JOAN)
        page = bench.look(lambda r: read_person_page(r, desk, person.id))
        assert page.closed_to_us is not bench.look(lambda r: may_open(r, desk, person))
        return not page.closed_to_us

    seen = [open_to_joan()]
    grant = bench.do(record_consent, person.id, team_id=OTHER_TEAM.id, purpose="Moving house.")
    seen.append(open_to_joan())
    (line,) = bench.look(lambda r: person_consents(r, bench.desk, person.id))
    bench.do(end_consent, grant.id)
    seen.append(open_to_joan())

    assert seen == [False, True, False]
    assert (line.with_whom, line.why, line.ground) == (OTHER_TEAM.name, "Moving house.", "The person agreed")


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"team_id": ""}, "No team is chosen"),
        ({"team_id": TEAM.id}, "sees this person already"),
        ({"purpose": ""}, "“For” is empty"),
        ({"until": date(2020, 1, 1)}, "over already"),
    ],
)
def test_a_consent_that_makes_no_sense_is_refused(bench: Bench, person: Person, how: dict[str, Any], what: str) -> None:
    """Each fault in words, and nothing is kept."""
    with pytest.raises(Trouble, match=what):
        bench.do(record_consent, person.id, **{"team_id": OTHER_TEAM.id, "purpose": "Moving house.", **how})

    assert bench.look(lambda r: r.all_of(ConsentGrant)) == ()


def test_consent_is_for_the_team_the_person_is_kept_for(bench: Bench, person: Person) -> None:
    """A team that was let in lets nobody else in."""
    bench.do(record_consent, person.id, team_id=OTHER_TEAM.id, purpose="Moving house.")
    bench.sign_in(JOAN)

    with pytest.raises(Trouble, match="Only the team this person is kept for"):
        bench.do(record_consent, person.id, team_id=OTHER_TEAM.id, purpose="More.")


@pytest.mark.parametrize(("officer", "says"), [(RUTH, True), (SANA, False)])
def test_who_cannot_see_confidential_addresses_is_told_who_can(
    bench: Bench, person: Person, officer: User, says: bool
) -> None:
    """The same words on everybody's page, so that they give nobody away; a supervisor needs no such words."""
    bench.sign_in(officer)
    page = bench.look(lambda r: read_person_page(r, bench.desk, person.id))

    assert bool(page.hidden_homes) is says
    assert "supervisor" in page.hidden_homes or not says


def test_what_was_entered_by_mistake_is_taken_away(bench: Bench, case: Case, person: Person) -> None:
    """A number, an address and a task that never should have been."""
    point = bench.do(add_contact_point, person.id, Channel.PHONE, "01632 960001")
    address = bench.do(add_address, person.id, line_1="3 Quay Rise")
    task = bench.do(add_task, case.id, "Ring back")
    bench.do(remove_contact_point, point.id), bench.do(remove_address, address.id), bench.do(remove_task, task.id)

    for kind in (ContactPoint, Address, Task):
        assert bench.look(lambda r, kind=kind: r.all_of(kind)) == ()


def test_what_says_what_was_done_or_protects_is_not_taken_away(bench: Bench, case: Case, person: Person) -> None:
    """A done task and an address that a letter went to stay on record."""
    address = bench.do(add_address, person.id, line_1="3 Quay Rise")
    task = bench.do(add_task, case.id, "Ring back")
    bench.do(finish_task, task.id)
    letter = Letter(
        id="l1", case_id=case.id, person_id=person.id, template="t", title="T", address_id=address.id,
        attachment_id="f1", author_id=RUTH.id, recorded_at=bench.clock.now() - timedelta(days=1),
    )  # fmt: skip
    bench.write(lambda tx: tx.add(letter))

    with pytest.raises(Trouble, match="task was done"):
        bench.do(remove_task, task.id)
    with pytest.raises(Trouble, match="letter was sent"):
        bench.do(remove_address, address.id)

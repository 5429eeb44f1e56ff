"""Lists of cases and people."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.store.shelf import ANN, BEN, NOW, Shelf, clock, day, days, everything_anew, shelf_in

from almoner.records import Address, Case, ContactAttempt, LetterEvent, Participant, Task
from almoner.records.cases import CaseStatus, ClockState, Letter, Role
from almoner.records.conflicts import Conflict
from almoner.records.events import AttemptResult, LetterStep, Method
from almoner.store import derived_tables
from almoner.store.lists import (
    PAGE,
    CaseFilter,
    case_anchors,
    case_page,
    case_row,
    count_cases,
    count_people,
    people_anchors,
    people_page,
)
from almoner.store.work import my_work

FILTERS = ("open", "mine", "overdue", "due_this_week", "unassigned", "closed", "all")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def titles(shelf: Shelf, filter: CaseFilter, **more: object) -> list[str]:
    return [row.title for row in shelf.look(case_page, filter, ANN, NOW, **more)]


def test_filters(shelf: Shelf) -> None:
    """Each list shows exactly the cases it is named for, what is due first at the top."""
    shelf.case("late", due=days(-1))
    shelf.case("this week", due=days(2))
    shelf.case("far", due=days(30))
    shelf.case("undated")
    shelf.case("of Ben", owner_id=BEN.id, team_id="team-2", due=days(40))
    shelf.case("of nobody", owner_id="", due=days(50))
    shelf.case("done", status=CaseStatus.CLOSED, closed_at=NOW, due=days(-5))

    assert titles(shelf, CaseFilter("open")) == ["late", "this week", "far", "of Ben", "of nobody", "undated"]
    assert titles(shelf, CaseFilter("mine")) == ["late", "this week", "far", "undated"]
    assert titles(shelf, CaseFilter("overdue")) == ["late"]
    assert titles(shelf, CaseFilter("due_this_week")) == ["this week"]
    assert titles(shelf, CaseFilter("unassigned")) == ["of nobody"]
    assert titles(shelf, CaseFilter("closed")) == ["done"]
    assert len(titles(shelf, CaseFilter("all"))) == 7
    assert titles(shelf, CaseFilter("open", team_id="team-2")) == ["of Ben"]
    assert titles(shelf, CaseFilter("open", service="nothing such")) == []


@pytest.mark.parametrize("name", FILTERS)
def test_counts_agree_with_pages(shelf: Shelf, name: str) -> None:
    """A count is the number of rows of its list, whatever changed in between."""
    case = shelf.case("one", due=days(-1))
    shelf.case("two", due=days(1), owner_id="")
    other = shelf.case("three", due=days(20), team_id="team-2")
    shelf.change(case, owner_id=BEN.id)
    shelf.change(other, status=CaseStatus.CLOSED, closed_at=NOW)

    for filter in (CaseFilter(name), CaseFilter(name, team_id="team-2"), CaseFilter(name, service="damp-and-mould")):
        assert shelf.look(count_cases, filter, ANN, NOW) == len(shelf.look(case_page, filter, ANN, NOW))


def test_pages_and_anchors(shelf: Shelf) -> None:
    """Pages by key and pages by anchor give every row once, in one order."""
    shelf.put(*(shelf_case(n) for n in range(230)))
    filter = CaseFilter("all")

    anchors = shelf.look(case_anchors, filter, ANN, NOW)
    by_anchor = [shelf.look(case_page, filter, ANN, NOW, after) for after in (None, *anchors)]
    by_key, after = [], None
    while page := shelf.look(case_page, filter, ANN, NOW, after, 7):
        by_key += page
        after = page[-1].key

    assert [len(page) for page in by_anchor] == [PAGE, PAGE, 30]
    assert [row.id for page in by_anchor for row in page] == [row.id for row in by_key]
    assert len({row.id for row in by_key}) == 230


def shelf_case(n: int) -> Case:
    """The n-th of many cases, ten of them opened on one day."""
    return Case(
        id=f"many-{n:03}",
        reference=f"ASH-{n}",
        service="damp-and-mould",
        title=f"Case {n}",
        stage="new",
        team_id="team-1",
        opened_by=ANN.id,
        aware_at=days(-(n // 10)),
        recorded_at=NOW,
    )


def test_row_shows_next_clock(shelf: Shelf) -> None:
    """A row shows what is due next: a clock that was missed still asks for something, one that was met does not."""
    case = shelf.case(due=days(10))
    shelf.put(clock(case, days(-3), id="missed", title="Visit", state=ClockState.MISSED))
    shelf.put(clock(case, days(-9), id="met", title="Acknowledge", state=ClockState.MET, ended_at=NOW))

    row = shelf.look(case_row, case.id)

    assert row is not None
    assert (row.due_title, row.due_at, row.due_on) == ("Visit", days(-3), day(-3))
    assert row.is_overdue(NOW)


def test_row_shows_subject_owner_unsent(shelf: Shelf) -> None:
    """A row names whom the case is about, where, who owns it, and how many saves are unsent."""
    person = shelf.person("Grace Bramley", line_1="9 Hob Lane", postcode="AS2 1RR")
    case = shelf.case(subject=person)

    row = shelf.look(case_row, case.id)

    assert row is not None
    assert (row.subject, row.address_line, row.owner) == ("Grace Bramley", "9 Hob Lane, Ashmere AS2 1RR", "Ann Officer")
    assert row.unsent == 2


def test_confidential_address_is_masked(shelf: Shelf) -> None:
    """A list never shows a confidential address, nor the place of a case about someone who has one."""
    person = shelf.person("Lena Marsh", line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)
    shelf.case(subject=person, place="3 Quay Rise")

    shown = repr(shelf.look(case_page, CaseFilter("open"), ANN, NOW)) + repr(shelf.look(people_page))

    assert "Confidential address" in shown
    assert "Quay" not in shown
    assert "2LD" not in shown


def test_made_confidential_later(shelf: Shelf) -> None:
    """When an address becomes confidential, rows that showed it are masked in the same transaction."""
    person = shelf.person("Lena Marsh", line_1="3 Quay Rise", postcode="AS7 2LD")
    case = shelf.case(subject=person)
    address = shelf.look(lambda reading: reading.all_of(Address, person_id=person.id))[0]

    shelf.change(address, confidential=True)

    row = shelf.look(case_row, case.id)
    assert row is not None
    assert row.address_line == "Confidential address"


def test_restricted_person_shows_name_only(shelf: Shelf) -> None:
    """The list of people shows nothing but the name of someone restricted to a team."""
    shelf.person(
        "Ola Stone", line_1="1 Mill Lane", postcode="AS1 1AA", date_of_birth="1980-01-01", restricted_team_id="team-2"
    )

    row = shelf.look(people_page)[0]

    assert (row.name, row.born, row.address_line, row.restricted_team_id) == ("Ola Stone", "", "", "team-2")


def test_people_by_surname(shelf: Shelf) -> None:
    """People are listed by surname whatever its accents and capitals, and paged by key."""
    for name in ("Zoë Ólafsson", "Ann Oakley", "Bo de Vries", "Cy O'Brien", "Mark"):
        shelf.person(name)

    pages, after = [], None
    while page := shelf.look(people_page, after, 2):
        pages += page
        after = page[-1].key

    assert [row.name for row in pages] == ["Mark", "Ann Oakley", "Cy O'Brien", "Zoë Ólafsson", "Bo de Vries"]
    assert [row.name for row in shelf.look(people_page, starts_with="OB")] == ["Cy O'Brien"]
    assert shelf.look(count_people) == 5
    assert shelf.look(people_anchors) == ()


def test_computed_step_by_step_as_anew(shelf: Shelf) -> None:
    """Rows kept up to date change by change are the same as rows computed anew from the records."""
    person = shelf.person("Grace Bramley", line_1="9 Hob Lane", postcode="AS2 1RR", phone="01632 960001")
    other = shelf.person("Zoë Ólafsson", phone="07700 900123")
    case = shelf.case(subject=person, due=days(3))
    second = shelf.case("Second", subject=other)
    shelf.note(case, "Rang about the boiler", recorded_at=days(1), happened_at=days(1))
    shelf.change(person, full_name="Grace Ashley")
    shelf.put(Participant(id="part-x", case_id=second.id, person_id=person.id, role=Role.SUBJECT))
    shelf.change(case, status=CaseStatus.CLOSED, closed_at=NOW)
    shelf.remove("clocks", "clock", f"clock-{case.id}")
    shelf.remove("people", "person", other.id)
    shelf.remove("cases", "case", second.id)

    step_by_step = shelf.look(everything_anew)
    shelf.writer.write(lambda tx: derived_tables.rebuild(tx.connection), author=ANN.id, now=NOW)

    assert step_by_step == shelf.look(everything_anew)
    assert [row[1] for row in step_by_step["person_list"]] == ["Grace Ashley"]


def test_parent_after_child(shelf: Shelf) -> None:
    """A person who arrives after the case about them still gets onto its row."""
    case = shelf.case()
    shelf.put(Participant(id="part", case_id=case.id, person_id="late", role=Role.SUBJECT))
    person = shelf.person("Late Comer")
    shelf.put(replace(person, id="late"))

    row = shelf.look(case_row, case.id)

    assert row is not None
    assert row.subject == "Late Comer"


def test_latest_change(shelf: Shelf) -> None:
    """A case counts as changed when anything is added to it."""
    case = shelf.case()

    shelf.put(
        ContactAttempt(
            id="try", case_id=case.id, method=Method.PHONE, result=AttemptResult.NO_ANSWER, author_id=ANN.id,
            happened_at=days(1), recorded_at=days(1),
        )
    )  # fmt: skip

    row = shelf.look(case_row, case.id)
    assert row is not None
    assert row.updated_at == days(1)


def test_prepared_once(shelf: Shelf) -> None:
    """Lists and search are computed anew only when a version says so."""
    again = shelf.writer.write(lambda tx: derived_tables.prepare(tx.connection), author=ANN.id, now=NOW)[0]
    shelf.writer.write(lambda tx: tx.set_fact("derived_version", "older"), author=ANN.id, now=NOW)
    after_update = shelf.writer.write(lambda tx: derived_tables.prepare(tx.connection), author=ANN.id, now=NOW)[0]

    assert (again, after_update) == (False, True)


def test_page_limit(shelf: Shelf) -> None:
    """Nobody can ask for more than 500 rows at once."""
    with pytest.raises(AssertionError):
        shelf.look(case_page, CaseFilter("open"), ANN, NOW, None, 501)


def test_my_work_order(shelf: Shelf) -> None:
    """My work says what is late, to settle, due today and due soon, in that order, each once, and nothing of others."""
    shelf.case("soon", due=days(5))
    shelf.case("late", due=days(-2))
    shelf.case("today", due=days(0.2))
    shelf.case("far", due=days(30))
    shelf.case("of Ben", owner_id=BEN.id, due=days(-9))
    disputed = shelf.case("disputed")
    shelf.put(
        Conflict(
            id="conflict", case_id=disputed.id, record_kind="case", record_id=disputed.id, field="stage", in_force="a",
            offered="b", offered_by=ANN.id, offered_at=NOW, mutation_id="m",
        )
    )  # fmt: skip

    work = shelf.look(my_work, ANN, NOW)

    assert [(item.group, item.title) for item in work] == [
        ("overdue", "late"), ("settle", "disputed"), ("today", "today"), ("soon", "soon"),
    ]  # fmt: skip
    assert work[0].why == "Investigate: 2 days overdue"
    assert "due today" in work[2].why


def test_my_tasks(shelf: Shelf) -> None:
    """Tasks given to me, or to nobody on my cases, are mine; done ones are not."""
    case, bens = shelf.case("mine"), shelf.case("of Ben", owner_id=BEN.id)
    usual = {"created_by": ANN.id, "recorded_at": NOW}
    shelf.put(
        Task(id="t1", case_id=case.id, title="Ring back", do_by=day(0), **usual),
        Task(id="t2", case_id=bens.id, title="Measure", owner_id=ANN.id, do_by=day(-1), **usual),
        Task(id="t3", case_id=case.id, title="Finished", do_by=day(0), done_at=NOW, done_by=ANN.id, **usual),
        Task(id="t4", case_id=bens.id, title="Ben's", do_by=day(0), **usual),
        Task(id="t5", case_id=case.id, title="Later", do_by=day(60), **usual),
    )

    assert [(item.group, item.why) for item in shelf.look(my_work, ANN, NOW)] == [
        ("overdue", "Measure: 1 day overdue"), ("today", "Ring back: to do today"),
    ]  # fmt: skip


def test_bank_holidays_reach_further(shelf: Shelf) -> None:
    """Due soon means within five working days: days the council does not work do not count."""
    shelf.case("after Christmas", due=days(11.1))

    plain = shelf.look(my_work, ANN, NOW)
    with_holidays = shelf.look(my_work, ANN, NOW, not_working={date(2026, 12, day) for day in (18, 21, 22, 23, 24, 25)})

    assert plain == ()
    assert [item.title for item in with_holidays] == ["after Christmas"]


def test_returned_post_and_refused_saves(shelf: Shelf) -> None:
    """A letter that came back, and a save the server refused, wait in my work until somebody deals with them."""
    person = shelf.person("Grace Bramley")
    case = shelf.case("posted", subject=person)
    step = {"case_id": case.id, "letter_id": "letter", "author_id": ANN.id}
    shelf.put(
        Letter(
            id="letter", case_id=case.id, person_id=person.id, template="ack", title="Acknowledgement",
            attachment_id="file", author_id=ANN.id, recorded_at=NOW,
        ),
        LetterEvent(id="e1", step=LetterStep.RETURNED, happened_at=NOW, recorded_at=NOW, **step),
    )  # fmt: skip
    shelf.writer.write(
        lambda tx: tx.connection.exec_driver_sql("UPDATE outbox SET state = 'rejected' WHERE kind = 'letter'"),
        author=ANN.id,
        now=NOW,
    )

    whys = [item.why for item in shelf.look(my_work, ANN, NOW)]
    shelf.put(LetterEvent(id="e2", step=LetterStep.POSTED, happened_at=days(1), recorded_at=days(1), **step))
    later = [item.why for item in shelf.look(my_work, ANN, NOW)]

    assert any(why == "Acknowledgement: came back from the post" for why in whys)
    assert any("was not accepted by the server" in why for why in whys)
    assert not any("came back" in why for why in later)

"""Two laptops and a server: what is saved on one is seen on the other, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.sync.laptops import COUNCIL, JOAN, RUTH, SANA, START, Centre, Laptop

from almoner.records import Case, Conflict, ContactPoint, Flag, Note, Person, Task, User
from almoner.records.cases import CaseStatus, Priority
from almoner.records.people import Channel, FlagKind, Format
from almoner.store import outbox
from almoner.store.central import field_history, held, mutation
from almoner.store.lines import LineState
from almoner.store.tables import scope_member
from almoner.sync.messages import Push
from almoner.sync.peer import PeerTrouble
from almoner.sync.seeding import change_record


def test_a_case_goes_out_and_an_answer_comes_back(ruth: Laptop, owen: Laptop) -> None:
    """The story: logged offline, sent, seen by a colleague, answered, seen again; both copies proved equal."""
    case = ruth.new_case()
    ruth.new_note(case.id, "Black mould on two walls.")
    assert ruth.unsent() == 2

    sent = ruth.sync()
    got = owen.sync()
    answer = owen.new_note(case.id, "Booked for Monday.")
    owen.sync()
    back = ruth.sync()

    assert (sent.sent, sent.proved_equal, ruth.unsent()) == (2, True, 0)
    assert got.proved_equal
    assert owen.find(Case, case.id).title == case.title
    assert ruth.find(Note, answer.id).text == "Booked for Monday."
    assert back.proved_equal
    assert ruth.holds() == owen.holds()


def test_the_server_says_when_it_received_an_event(ruth: Laptop, centre: Centre) -> None:
    """Received is the server's time, whatever the device's clock says."""
    ruth.clock.set(START.replace(year=1970))
    note = ruth.new_note(ruth.new_case().id)
    ruth.sync()

    assert ruth.find(Note, note.id).received_at == centre.clock.now()
    assert ruth.find(Note, note.id).recorded_at.year == 1970


def test_nothing_leaves_the_outbox_while_the_server_is_away(ruth: Laptop) -> None:
    """Only the server's own answer takes a line out."""
    ruth.new_case()
    ruth.line.down = True

    with pytest.raises(PeerTrouble):
        ruth.sync()

    assert ruth.unsent() == 1


def test_a_field_that_must_be_asked_about_becomes_a_disagreement(ruth: Laptop, owen: Laptop) -> None:
    """Two officers change a title: the first stays in force, both versions and what was before are kept."""
    case = ruth.new_case("Mould")
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, title="Mould in the bedroom")
    owen.change(Case, case.id, title="Damp and mould")
    ruth.sync()
    outcome = owen.sync()
    ruth.sync()

    (conflict,) = ruth.all_of(Conflict)
    assert (conflict.before, conflict.in_force, conflict.offered) == (
        '"Mould"', '"Mould in the bedroom"', '"Damp and mould"'
    )  # fmt: skip
    assert (conflict.offered_by, conflict.case_id, conflict.field) == (owen.user.id, case.id, "title")
    assert owen.find(Case, case.id).title == "Mould in the bedroom"
    assert outcome.conflicts == 1
    assert [line.state for line in owen.returned()] == [LineState.CONFLICT]
    assert "both versions are kept" in owen.returned()[0].verdict_text
    assert ruth.holds() == owen.holds()


def test_a_disagreement_is_settled_once_and_seen_by_both(ruth: Laptop, owen: Laptop) -> None:
    """Choosing is a save like any other: the value and the settling travel."""
    case = ruth.new_case("Mould")
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, title="One")
    owen.change(Case, case.id, title="Two")
    ruth.sync(), owen.sync()
    (conflict,) = owen.all_of(Conflict)
    owen.change(Case, case.id, title="Two")
    owen.change(Conflict, conflict.id, settled_at=START, settled_by=owen.user.id, choice="mine")
    owen.sync(), ruth.sync()

    assert ruth.find(Case, case.id).title == "Two"
    assert ruth.all_of(Conflict)[0].choice == "mine"


def test_changes_to_different_fields_both_stand(ruth: Laptop, owen: Laptop) -> None:
    """Parallel changes of one record merge and are marked as such."""
    case = ruth.new_case()
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, place="Flat 4")
    owen.change(Case, case.id, stage="inspect")
    ruth.sync()
    outcome = owen.sync()
    ruth.sync()

    assert (outcome.conflicts, outcome.held, outcome.rejected) == (0, 0, 0)
    for laptop in (ruth, owen):
        assert (laptop.find(Case, case.id).place, laptop.find(Case, case.id).stage) == ("Flat 4", "inspect")


def test_words_added_and_taken_away_combine(ruth: Laptop, owen: Laptop) -> None:
    """Sets of words are united, never overwritten."""
    person = ruth.new_person(support_needs=("hearing", "stairs"))
    ruth.sync(), owen.sync()
    ruth.change(Person, person.id, support_needs=("hearing", "stairs", "reading"))
    owen.change(Person, person.id, support_needs=("hearing",))
    ruth.sync(), owen.sync(), ruth.sync()

    for laptop in (ruth, owen):
        assert laptop.find(Person, person.id).support_needs == ("hearing", "reading")


@pytest.mark.parametrize("first", ["careful", "careless"])
def test_the_more_protective_value_wins_whoever_comes_first(ruth: Laptop, owen: Laptop, first: str) -> None:
    """Safety never depends on who had the better line."""
    case = ruth.new_case(priority=Priority.HIGH)
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, priority=Priority.URGENT)
    owen.change(Case, case.id, priority=Priority.NORMAL)
    order = (ruth, owen) if first == "careful" else (owen, ruth)
    for laptop in (*order, *order):
        laptop.sync()

    for laptop in (ruth, owen):
        assert laptop.find(Case, case.id).priority is Priority.URGENT


def test_notes_of_two_officers_both_stay(ruth: Laptop, owen: Laptop) -> None:
    """What is only added to cannot clash."""
    case = ruth.new_case()
    ruth.sync(), owen.sync()
    ruth.new_note(case.id, "From Ruth."), owen.new_note(case.id, "From Owen.")
    ruth.sync(), owen.sync(), ruth.sync()

    for laptop in (ruth, owen):
        assert {n.text for n in laptop.all_of(Note)} == {"From Ruth.", "From Owen."}


def test_own_later_saves_are_no_disagreement_with_own_earlier_ones(ruth: Laptop) -> None:
    """Offline, an officer changes the same field many times; the last stands, nobody is asked."""
    case = ruth.new_case("One")
    ruth.sync()
    for title in ("Two", "Three", "Four"):
        ruth.change(Case, case.id, title=title)
    outcome = ruth.sync()

    assert outcome.conflicts == 0
    assert ruth.find(Case, case.id).title == "Four"


def test_sending_any_part_again_changes_nothing(ruth: Laptop, centre: Centre) -> None:
    """A push whose answer was lost is sent again: same answers, no second effect."""
    case = ruth.new_case()
    ruth.new_note(case.id)
    ruth.change(Case, case.id, stage="inspect")
    ruth.sync()
    (push,) = ruth.line.pushed
    before = {t: centre.rows(t) for t in (mutation, field_history, held)}, centre.holds(RUTH)
    for length in (1, 2, 3):
        part = Push(client_id=push.client_id, generation=push.generation, mutations=push.mutations[:length])
        reply = centre.peer(RUTH).push(part)
        assert [r.verdict for r in reply.results] == ["applied"] * length

    assert ({t: centre.rows(t) for t in (mutation, field_history, held)}, centre.holds(RUTH)) == before


def test_one_bad_save_is_set_aside_and_blocks_nothing(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """A save the server cannot take comes back with a reason; those around it arrive."""
    case = ruth.new_case()
    note = ruth.new_note(case.id)
    ruth.line.down = True
    batch = list(ruth.read(lambda reading: outbox.next_batch(reading, 10, 10**6)))
    nul, first_year = {"text": "\x00"}, {"happened_at": "0001-01-01T00:00:00+14:00"}
    bad = [
        replace(batch[1], client_seq=3, mutation_id="bad-1", record="n-bad", values={**batch[1].values, "text": 7}),
        replace(batch[1], client_seq=4, mutation_id="bad-2", record="x" * 99),
        replace(batch[1], client_seq=5, mutation_id="bad-3", kind="parking"),
        replace(batch[1], client_seq=6, mutation_id="bad-4", record="n-nul", values={**batch[1].values, **nul}),
        replace(batch[1], client_seq=7, mutation_id="bad-5", record="n-y1", values={**batch[1].values, **first_year}),
        replace(batch[1], client_seq=8, mutation_id="\x00" * 50, record="n-id"),
    ]  # fmt: skip
    client_id = ruth.read(lambda reading: reading.fact("client_id")) or ""
    reply = centre.peer(RUTH).push(Push(client_id=client_id, generation=1, mutations=[batch[0], *bad, batch[1]]))
    owen.sync()

    verdicts = [r.verdict for r in reply.results]
    assert verdicts == ["applied", *["rejected"] * 5, "applied", "applied"]
    assert owen.find(Note, note.id) is not None
    assert len(centre.rows(held)) == 5
    assert reply.results[1].text == "Note is not str."


def test_work_for_a_case_that_is_unknown_is_held(ruth: Laptop, centre: Centre) -> None:
    """The server keeps what it cannot place, and the author is told."""
    ruth.new_note("no-such-case")
    outcome = ruth.sync()

    assert outcome.held == 1
    assert [row["reason"] for row in centre.rows(held)] == ["not here"]
    assert "it may never have arrived" in ruth.returned()[0].verdict_text


def test_work_in_another_teams_case_is_held(enrol: Callable[[User], Laptop], ruth: Laptop, centre: Centre) -> None:
    """Access is the server's to decide, at the moment of sending."""
    joan = enrol(JOAN)
    case = joan.new_case(team_id="t2")
    joan.sync(), ruth.sync()
    ruth.new_note(case.id)

    assert ruth.sync().held == 1
    assert [row["reason"] for row in centre.rows(held)] == ["not here"]


def test_a_save_keeps_its_author_whoever_sends_it(ruth: Laptop, centre: Centre) -> None:
    """Work saved by one officer is never sent under another's name: it is held with its author."""
    ruth.store.writer().write(lambda tx: tx.add(replace(_person(), id="p-other")), author="u2", now=START)

    assert ruth.sync().held == 1
    (row,) = centre.rows(held)
    assert (row["author"], row["sent_by"], row["reason"]) == ("u2", "u1", "other author")


def _person() -> Person:
    return Person(id="p0", full_name="Tom Reed")


def test_a_case_that_moves_to_another_team_leaves_the_device(
    enrol: Callable[[User], Laptop], ruth: Laptop, owen: Laptop
) -> None:
    """With it goes everything in it; the other team gets it all."""
    joan, sana = enrol(JOAN), enrol(SANA)
    case = ruth.new_case()
    note = ruth.new_note(case.id)
    for laptop in (ruth, owen, joan, sana):
        laptop.sync()
    ruth.change(Case, case.id, team_id="t2")
    ruth.sync()
    outcome = owen.sync()
    joan.sync(), sana.sync()

    assert outcome.left == 2
    for laptop in (ruth, owen):
        assert (laptop.find(Case, case.id), laptop.find(Note, note.id)) == (None, None)
    for laptop in (joan, sana):
        assert laptop.find(Note, note.id).text == note.text
        assert laptop.sync().proved_equal


def test_a_person_kept_for_one_team_leaves_the_others(enrol: Callable[[User], Laptop], ruth: Laptop) -> None:
    """Restricting a person takes their contact points and warnings too."""
    joan = enrol(JOAN)
    person = ruth.new_person()
    ruth.add(ContactPoint(id="cp1", person_id=person.id, channel=Channel.PHONE, value="01632 960001"))
    ruth.sync(), joan.sync()
    assert joan.find(ContactPoint, "cp1") is not None
    ruth.change(Person, person.id, restricted_team_id="t1")
    ruth.sync(), joan.sync()

    assert (joan.find(Person, person.id), joan.find(ContactPoint, "cp1")) == (None, None)
    assert ruth.find(ContactPoint, "cp1") is not None


def test_a_case_taken_down_for_another_team_arrives_whole_and_is_not_kept(
    enrol: Callable[[User], Laptop], ruth: Laptop
) -> None:
    """The officer at the desk may log it; once sent it is the other team's."""
    joan = enrol(JOAN)
    case = ruth.new_case(team_id="t2")
    note = ruth.new_note(case.id)
    outcome = ruth.sync()
    joan.sync()

    assert (outcome.held, outcome.proved_equal) == (0, True)
    assert joan.find(Note, note.id) is not None
    assert (ruth.find(Case, case.id), ruth.find(Note, note.id)) == (None, None)


def test_a_warning_may_be_added_about_a_person_one_may_not_see(enrol: Callable[[User], Laptop], ruth: Laptop) -> None:
    """What protects somebody is never held back."""
    joan = enrol(JOAN)
    person = ruth.new_person()
    ruth.sync(), joan.sync()
    ruth.change(Person, person.id, restricted_team_id="t1")
    ruth.sync()
    flag = Flag(
        id="f1", person_id=person.id, warning=FlagKind.DISCLOSURE_RISK, reason="Said so at the desk.",
        starts_on=START.date(), review_on=START.date() + timedelta(days=90),
    )  # fmt: skip
    joan.add(flag)

    assert joan.sync().held == 0
    ruth.sync()
    assert ruth.find(Flag, "f1") is not None
    assert joan.find(Flag, "f1") is None


def test_a_change_in_a_case_closed_meanwhile_is_held_but_notes_are_kept(
    ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Nobody's late task reopens a closed case unseen; what happened is recorded all the same."""
    case = ruth.new_case()
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, status=CaseStatus.CLOSED, closed_at=START)
    task = Task(id="k1", case_id=case.id, title="Ring back", created_by=owen.user.id, recorded_at=START)
    owen.add(task)
    note = owen.new_note(case.id)
    ruth.sync()
    ruth.add(replace(task, id="k2", created_by=ruth.user.id))
    ruth.sync()
    outcome = owen.sync()

    assert outcome.held == 1
    assert [row["reason"] for row in centre.rows(held)] == ["closed"]
    assert centre.value(Note, note.id, "text") == note.text
    assert centre.value(Task, "k2", "title") == "Ring back"


def test_only_administrators_change_the_staff(ruth: Laptop, centre: Centre) -> None:
    """A caseworker cannot make herself a supervisor."""
    ruth.sync()
    ruth.change(User, RUTH.id, team_ids=("t1", "t2"))

    assert ruth.sync().held == 1
    assert centre.value(User, RUTH.id, "team_ids") == ["t1"]


def test_fields_of_a_newer_version_pass_through(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """An older server and an older laptop carry what they do not know, unchanged."""
    ruth.sync()
    person = ruth.new_person()
    (save,) = ruth.read(lambda reading: outbox.next_batch(reading, 10, 10**6))
    newer = replace(save, values={**save.values, "shoe_size": 42, "signs": ["BSL"]})
    client_id = ruth.read(lambda reading: reading.fact("client_id")) or ""
    centre.peer(RUTH).push(Push(client_id=client_id, generation=1, mutations=[newer]))
    owen.sync()
    owen.change(Person, person.id, letter_format=Format.BRAILLE)
    outcome = owen.sync()

    assert outcome.proved_equal
    assert centre.value(Person, person.id, "extra") == {"shoe_size": 42, "signs": ["BSL"]}
    assert centre.value(Person, person.id, "letter_format") == "braille"


def test_a_cut_between_pages_loses_no_page_that_came(ruth: Laptop, owen: Laptop) -> None:
    """Each page is kept with its state; the next round goes on behind it, after a crash too."""
    for number in range(60):
        ruth.add(*(Person(id=f"p{number}-{n}", full_name="Tom Reed") for n in range(20)))
    ruth.sync()
    owen.line.pages_left = 2
    with pytest.raises(PeerTrouble):
        owen.sync()
    owen.reopen()
    held_then = len(owen.all_of(Person))
    owen.line.pages_left = 1_000_000
    outcome = owen.sync()

    assert 0 < held_then < 1200
    assert outcome.proved_equal
    assert outcome.received < 1200
    assert ruth.holds() == owen.holds()


def test_a_page_that_cannot_be_kept_leaves_no_state(ruth: Laptop, owen: Laptop) -> None:
    """Rows and state are one transaction: a failure in the middle leaves neither."""
    ruth.new_case()
    ruth.sync()

    class Failing(Exception):
        pass

    def failing(action: object) -> None:
        def both(tx: object) -> None:
            action(tx)  # type: ignore[operator]
            raise Failing

        Laptop.write(owen, both)

    owen.write = failing  # type: ignore[method-assign,assignment]
    with pytest.raises(Failing):
        owen.sync()
    del owen.write

    assert (owen.states(), owen.holds()) == ({}, {})
    assert owen.sync().proved_equal


def test_a_copy_that_went_astray_is_noticed_and_mended(ruth: Laptop, owen: Laptop) -> None:
    """The digest, added up anew once a day, finds a lost and a stray record; ranges bring them right."""
    ruth.add(*(Person(id=f"p{n}", full_name="Tom Reed") for n in range(300)))
    ruth.sync(), owen.sync()

    def damage(tx: object) -> None:
        here = scope_member.c
        tx.connection.execute(scope_member.delete().where(here.record_id == "p7"))  # type: ignore[attr-defined]
        tx.connection.execute(  # type: ignore[attr-defined]
            scope_member.insert(), {"scope": "residents", "kind": "person", "record_id": "stray", "hash": 5}
        )
        tx.connection.execute(update(scope_member).where(here.record_id == "p9").values(hash=1))  # type: ignore[attr-defined]

    owen.write(damage)
    owen.clock.advance(days=2)
    ruth.new_person("News")
    ruth.sync()
    outcome = owen.sync()

    assert (outcome.repaired, outcome.proved_equal) == (("residents",), True)
    assert ruth.holds() == owen.holds()


def test_a_revoked_device_hands_in_its_work_and_keeps_nothing(ruth: Laptop, centre: Centre) -> None:
    """Unsent work is held for a supervisor, then every row leaves."""
    case = ruth.new_case()
    ruth.sync()
    ruth.new_note(case.id)
    ruth.line = type(ruth.line)(centre.peer(RUTH, revoked=True))
    outcome = ruth.sync()

    assert outcome.held == 1
    assert [row["reason"] for row in centre.rows(held)] == ["not allowed"]
    assert {kind for kind, _ in ruth.holds()} <= {"note"}


def test_an_officer_gets_what_a_new_team_has_and_loses_what_the_old_had(
    enrol: Callable[[User], Laptop], ruth: Laptop, centre: Centre
) -> None:
    """Scopes are computed at every pull."""
    joan = enrol(JOAN)
    case = ruth.new_case()
    ruth.sync(), joan.sync()
    assert joan.find(Case, case.id) is None
    change_record(centre.engine, "user", JOAN.id, {"team_id": "t1", "team_ids": ["t1", "t2"]}, now=START)
    change_record(centre.engine, "user", RUTH.id, {"active": False}, now=START)

    assert joan.sync().proved_equal
    assert joan.find(Case, case.id) is not None
    ruth.sync()
    assert ruth.holds() == {}


def test_another_officers_store_is_refused(ruth: Laptop, centre: Centre) -> None:
    """A store's work goes out under its own officer only."""
    ruth.sync()
    ruth.line = type(ruth.line)(centre.peer(JOAN))
    ruth.new_person()

    with pytest.raises(PeerTrouble, match="another officer"):
        ruth.sync()
    assert ruth.unsent() == 1


def test_the_council_travels_to_every_laptop(ruth: Laptop) -> None:
    """Teams, officers and the council itself come with the first round."""
    ruth.sync()

    assert ruth.find(type(COUNCIL), COUNCIL.id).name == "Ashmere"
    assert len(ruth.all_of(User)) == 5

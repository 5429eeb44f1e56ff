"""What the server sends: rows and state together, our unsent work on top, and nothing kept that we may not see."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.builders import NOW, USER_ID, make_attachment, make_case, make_note, make_person
from tests.store.opened import Put, Ref, add, put, read, receive, ref, reopened, write

from almoner.records import Attachment, Case, HeldWork, Note, Person
from almoner.records.held_work import Settlement
from almoner.records.mutation import Verdict
from almoner.rules.digests import digest_of, record_hash
from almoner.store.attachments import Vault, mark_sent
from almoner.store.incoming import (
    apply_part,
    close_scope,
    mark_proved,
    prove,
    scope_digest,
    scope_states,
    set_aside_count,
    start_afresh,
)
from almoner.store.leaving import sweep_unheld
from almoner.store.members import members, standing
from almoner.store.opening import Store
from almoner.store.outbox import (
    Answered,
    acknowledge,
    discard,
    kept_until_durable,
    kept_until_durable_count,
    mutation_of,
    next_batch,
    offer_again,
    returned,
    unsent,
    unsent_count,
)
from almoner.store.tables import local_table, server_copy, set_aside
from almoner.store.writing import Writing


def answer(store: Store, *answers: Answered, durable: int = 0) -> None:
    write(store, lambda tx: acknowledge(tx, answers, durable_client_seq=durable))


def copies(store: Store) -> int:
    return len(read(store, lambda r: r.connection.execute(select(server_copy)).all()))


def test_rows_and_state_arrive_together(store: Store) -> None:
    """A page's rows can be read, with their rev, and its state is the one to go on from; nothing is to be sent."""
    person, case = make_person(support_needs=("loop",), interpreter=True), make_case()

    _, touched = store.writer().write(
        lambda tx: apply_part(tx, "team", "s7", puts=[put(person, 3), put(case)]), author="u", now=case.recorded_at
    )

    assert touched == {"person", "case"}
    assert read(store, lambda r: r.get(Person, person.id)) == person
    assert read(store, lambda r: r.rev_of(Person, person.id)) == 3
    assert read(store, lambda r: r.get(Case, case.id)) == case
    assert read(store, scope_states) == {"team": "s7"}
    assert read(store, unsent_count) == 0


def test_a_page_that_fails_moves_no_state(store: Store) -> None:
    """State never runs ahead of rows: when applying fails, both stay as they were."""

    def action(tx: Writing) -> None:
        apply_part(tx, "team", "s9", puts=[put(make_person())])
        raise AssertionError("cut off")

    with pytest.raises(AssertionError, match="cut off"):
        write(store, action)

    assert read(store, scope_states) == {}
    assert read(store, lambda r: r.find(Person, make_person().id)) is None


def test_many_rows_are_taken_in_pieces(store: Store) -> None:
    """More rows than one statement takes all arrive, also a second time with newer revs."""
    receive(store, *(put(make_note(n)) for n in range(1200)))
    receive(store, *(put(make_note(n, text=f"again {n}"), 2) for n in range(1200)), state="s2")

    assert read(store, lambda r: scope_digest(r, "team"))[0] == 1200
    assert read(store, lambda r: r.get(Note, make_note(1199).id)).text == "again 1199"


def test_an_older_rev_changes_nothing(store: Store) -> None:
    """A page that comes late does not take a record back."""
    person = make_person()
    receive(store, put(replace(person, known_as="New"), 5))
    receive(store, put(replace(person, known_as="Old"), 4))

    assert read(store, lambda r: r.get(Person, person.id)).known_as == "New"


def test_count_and_digest_are_of_what_the_scope_gave(store: Store) -> None:
    """Count and digest are those of the server, also after changes and after a record left."""
    a, b, c = put(make_person(1), 2), put(make_person(2), 9), put(make_note(), 1)
    receive(store, a, b, c)
    newer = put(make_person(1, known_as="Idy"), 3)
    receive(store, newer, left=[Ref(b.kind, b.id)], state="s2")

    expected = digest_of(record_hash(p.kind, p.id, p.rev, p.values) for p in (newer, c))
    assert read(store, lambda r: scope_digest(r, "team")) == (2, expected)
    write(store, lambda tx: mark_proved(tx, "team", count=2, digest=expected))
    assert read(store, scope_states) == {"team": "s2"}
    assert [row.record_id for row in read(store, lambda r: members(r, "team", after=("note", c.id)))] == [a.id]


def test_unknown_fields_travel_unchanged(store: Store) -> None:
    """Fields of a newer version are kept, survive our change to another field, and are not read as ours."""
    person = make_person()
    receive(store, put(person, 1, shoe_size=44, hats=["fez"]))
    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))
    receive(store, put(person, 2, shoe_size=45, hats=["fez"]), state="s2")

    row = read(store, lambda r: r.connection.execute(select(local_table(Person))).mappings().one())
    assert json.loads(row["extra"]) == {"shoe_size": 45, "hats": ["fez"]}
    assert row["known_as"] == "Idy"


def test_what_cannot_be_read_is_set_aside_and_blocks_nothing(store: Store) -> None:
    """Unknown kinds and impossible values are kept whole and counted; the rest of the page applies; later good news
    replaces them."""
    person = make_person()
    bad = Put("person", make_person(2).id, 1, {"full_name": "A", "letter_format": "papyrus"})
    strange = Put("drone_flight", "d1", 1, {"height": 40})
    lacking = Put("note", "n1", 1, {"text": "no case"})
    receive(store, bad, strange, lacking, put(person))

    assert read(store, set_aside_count) == 3
    assert read(store, lambda r: r.get(Person, person.id)) == person
    assert read(store, lambda r: scope_digest(r, "team"))[0] == 4
    whys = read(store, lambda r: r.connection.execute(select(set_aside.c.why)).scalars().all())
    assert not any("papyrus" in why for why in whys)
    receive(store, put(make_person(2), 2), left=[Ref("drone_flight", "d1")], state="s2")
    assert read(store, set_aside_count) == 1


def test_unsent_work_stays_on_top(store: Store) -> None:
    """New server state goes under our unsent saves: other fields change, ours stay, in the order made."""
    person = make_person(support_needs=("loop",))
    receive(store, put(person, 1))
    write(store, lambda tx: tx.save(replace(person, known_as="First")))
    write(store, lambda tx: tx.save(replace(tx.get(Person, person.id), known_as="Second", support_needs=("braille",))))

    receive(store, put(replace(person, pronouns="she/her", known_as="Theirs", support_needs=("loop", "signer")), 2))

    now = read(store, lambda r: r.get(Person, person.id))
    assert (now.known_as, now.pronouns, now.support_needs) == ("Second", "she/her", ("braille", "signer"))
    assert read(store, lambda r: r.rev_of(Person, person.id)) == 2
    assert [m.base for m in read(store, lambda r: next_batch(r, 9, 10**6))] == [
        {"known_as": 1},
        {"known_as": 1, "support_needs": 1},
    ]


def test_our_own_new_record_coming_back_changes_nothing_we_see(store: Store) -> None:
    """A record we made comes back from the server before the answer does: our later change stays on top."""
    case = make_case()
    add(store, case)
    write(store, lambda tx: tx.save(replace(case, title="Mould now")))

    receive(store, put(replace(case, received_at=case.recorded_at), 1))

    now = read(store, lambda r: r.get(Case, case.id))
    assert (now.title, now.received_at) == ("Mould now", case.recorded_at)
    assert read(store, lambda r: r.rev_of(Case, case.id)) == 1


def test_a_line_leaves_only_when_applied_and_durable(store: Store) -> None:
    """Acknowledged is not enough, durable is not enough: both."""
    add(store, make_note(1))
    add(store, make_note(2))

    answer(store, Answered(1, Verdict.APPLIED))
    assert [(line.client_seq, line.state) for line in read(store, unsent)] == [(2, "waiting")]
    assert [(line.client_seq, line.state) for line in read(store, kept_until_durable)] == [(1, "sent")]
    assert (read(store, unsent_count), read(store, kept_until_durable_count)) == (1, 1)
    assert [m.client_seq for m in read(store, lambda r: next_batch(r, 9, 10**6))] == [2]

    answer(store, durable=2)
    assert read(store, kept_until_durable_count) == 0
    answer(store, Answered(2, Verdict.MERGED), durable=2)
    assert read(store, unsent_count) == 0
    assert read(store, lambda r: r.get(Note, make_note(2).id)) == make_note(2)


def test_a_sent_save_does_not_vanish_before_it_comes_back(store: Store) -> None:
    """Between the answer and the next page the screen still shows what was saved, with later saves on top."""
    person = make_person()
    receive(store, put(person, 1))
    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))
    write(store, lambda tx: tx.save(replace(tx.get(Person, person.id), pronouns="she/her")))

    answer(store, Answered(1, Verdict.APPLIED), durable=1)
    assert read(store, lambda r: r.get(Person, person.id)).known_as == "Idy"
    answer(store, Answered(2, Verdict.REJECTED, "Not allowed."), durable=2)

    now = read(store, lambda r: r.get(Person, person.id))
    assert (now.known_as, now.pronouns) == ("Idy", "")
    assert copies(store) == 0


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.HELD, Verdict.CONFLICT])
def test_returned_work_stays_to_be_seen(store: Store, verdict: Verdict) -> None:
    """Held, rejected and conflicting saves are listed with words, are not sent again, and show the server's value."""
    person = make_person()
    receive(store, put(person, 1))
    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))

    answer(store, Answered(1, verdict, "Another team has this person now."), durable=1)

    (line,) = read(store, returned)
    assert (line.state, line.verdict_text) == (verdict.value, "Another team has this person now.")
    assert read(store, unsent_count) == 0
    assert read(store, lambda r: next_batch(r, 9, 10**6)) == ()
    assert read(store, lambda r: r.get(Person, person.id)) == person
    saved = read(store, lambda r: mutation_of(r, 1))
    assert saved is not None
    assert saved.values == {"known_as": "Idy"}
    again = reopened(store)
    assert len(read(again, returned)) == 1
    write(again, lambda tx: discard(tx, 1))
    assert read(again, returned) == ()
    assert read(again, lambda r: r.get(Person, person.id)) == person
    again.close()


def test_a_refused_new_record_goes_when_it_is_discarded(store: Store) -> None:
    """A note the server never took stays readable until a person discards its line, and then it is gone."""
    add(store, make_note())
    answer(store, Answered(1, Verdict.REJECTED, "The case is closed."), durable=1)
    assert read(store, lambda r: r.find(Note, make_note().id)) == make_note()

    write(store, lambda tx: discard(tx, 1))

    assert read(store, lambda r: r.find(Note, make_note().id)) is None


def test_only_returned_work_can_be_discarded(store: Store) -> None:
    """Work on its way cannot be thrown away."""
    add(store, make_note())

    with pytest.raises(AssertionError, match="came back"):
        write(store, lambda tx: discard(tx, 1))


def test_one_poisoned_save_delays_no_other(store: Store) -> None:
    """A rejected line is set aside; the ones after it go on."""
    for n in (1, 2, 3):
        add(store, make_note(n))

    answer(store, Answered(2, Verdict.REJECTED, "No."), Answered(3, Verdict.APPLIED), durable=3)

    assert [m.client_seq for m in read(store, lambda r: next_batch(r, 9, 10**6))] == [1]
    assert [line.client_seq for line in read(store, returned)] == [2]


def test_a_restored_server_is_offered_the_rest_again(store: Store) -> None:
    """Lines the server had answered but not for ever wait again."""
    for n in (1, 2, 3):
        add(store, make_note(n))
    answer(store, *(Answered(n, Verdict.APPLIED) for n in (1, 2, 3)), durable=1)

    assert write(store, lambda tx: offer_again(tx, after=1)) == 2

    assert [m.client_seq for m in read(store, lambda r: next_batch(r, 9, 10**6))] == [2, 3]


def test_what_left_every_scope_leaves_the_device(store: Store) -> None:
    """A record in two scopes stays until the second lets it go; unsent work on it stays in the outbox."""
    case = make_case()
    receive(store, put(case), scope="a")
    receive(store, put(case), scope="b")
    write(store, lambda tx: tx.save(replace(case, title="Ours")))

    receive(store, scope="a", left=[ref(case)])
    assert read(store, lambda r: r.find(Case, case.id)) is not None
    receive(store, scope="b", left=[ref(case)])

    assert read(store, lambda r: r.find(Case, case.id)) is None
    assert read(store, unsent_count) == 1
    assert copies(store) == 0
    answer(store, Answered(1, Verdict.HELD, "Held for your supervisor."), durable=1)
    assert read(store, lambda r: r.find(Case, case.id)) is None
    assert len(read(store, returned)) == 1


def test_what_was_deleted_leaves_whatever_scope_says_so(store: Store) -> None:
    """A deleted record goes at once from all scopes."""
    receive(store, put(make_person()), scope="a")
    receive(store, put(make_person()), scope="b")

    receive(store, scope="a", deleted=[ref(make_person())])

    assert read(store, lambda r: r.find(Person, make_person().id)) is None
    assert read(store, lambda r: scope_digest(r, "b")) == (0, 0)


def test_a_closed_scope_takes_its_records_with_it(store: Store) -> None:
    """Access that ended takes the data off the device: rows, lists, search, and the keys of files; not our new work."""
    vault = Vault(store)
    sha256 = vault.keep(b"photo")
    attachment = make_attachment(sha256=sha256, size=5)
    receive(store, put(make_case()), put(make_person()), put(attachment), put(make_note(1)))
    receive(store, put(make_person()), scope="other")
    add(store, make_note(2))
    write(store, lambda tx: mark_sent(tx, sha256))
    assert vault.has(sha256)

    write(store, lambda tx: close_scope(tx, "team"))

    assert read(store, lambda r: r.all_of(Case)) == ()
    assert read(store, lambda r: r.all_of(Attachment)) == ()
    assert [note.id for note in read(store, lambda r: r.all_of(Note))] == [make_note(2).id]
    assert read(store, lambda r: r.find(Person, make_person().id)) is not None
    assert not vault.has(sha256)
    assert set(read(store, scope_states)) == {"other"}
    lists = read(store, lambda r: r.connection.exec_driver_sql("SELECT count(*) FROM case_list").scalar_one())
    assert lists == 0


def test_a_photo_that_was_never_sent_keeps_its_key(store: Store) -> None:
    """Access may end before the last photo is sent: the only copy of it is not destroyed."""
    vault = Vault(store)
    sha256 = vault.keep(b"photo")
    receive(store, put(make_attachment(sha256=sha256, size=5)))

    write(store, lambda tx: close_scope(tx, "team"))

    assert vault.read(sha256) == b"photo"


def test_a_file_another_record_names_stays(store: Store) -> None:
    """The same photo on two cases is one file; it stays while one of them is here."""
    vault = Vault(store)
    sha256 = vault.keep(b"photo")
    one, two = make_attachment(1, sha256=sha256, size=5), make_attachment(2, sha256=sha256, size=5)
    receive(store, put(one), put(two))

    receive(store, left=[ref(one)])

    assert vault.read(sha256) == b"photo"


def test_a_scope_started_afresh_fills_again(store: Store) -> None:
    """Forgetting a scope's state and pulling again ends where it would have, with unsent work on top."""
    person = make_person()
    receive(store, put(person, 4))
    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))
    write(store, lambda tx: start_afresh(tx, "team"))

    receive(store, put(replace(person, pronouns="they/them"), 6))

    now = read(store, lambda r: r.get(Person, person.id))
    assert (now.known_as, now.pronouns) == ("Idy", "they/them")


def test_applying_a_page_twice_changes_nothing(store: Store) -> None:
    """A page repeated after a cut line leaves the same rows, digest and lines."""
    person = make_person()
    receive(store, put(person, 2), put(make_note(), 1))
    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))
    before = read(store, lambda r: (scope_digest(r, "team"), r.all_of(Person), r.all_of(Note), unsent(r)))

    receive(store, put(person, 2), put(make_note(), 1))

    assert read(store, lambda r: (scope_digest(r, "team"), r.all_of(Person), r.all_of(Note), unsent(r))) == before


def test_a_newer_rev_alone_disturbs_nobody(store: Store) -> None:
    """Our own save coming back as the server's changes no screen; only the rev moves on."""
    case = make_case()
    receive(store, put(case, 1))

    _, touched = store.writer().write(
        lambda tx: apply_part(tx, "team", "s2", puts=[put(case, 2)]), author="u", now=case.recorded_at
    )

    assert touched == frozenset()
    assert read(store, lambda r: r.rev_of(Case, case.id)) == 2


def _held_work(mutation_id: str, settlement: Settlement) -> HeldWork:
    return HeldWork(
        id="h1",
        record_kind="note",
        record_id=make_note().id,
        mutation_id=mutation_id,
        author=USER_ID,
        made_at=NOW,
        held_at=NOW,
        reason="not allowed",
        body="{}",
        settlement=settlement,
    )


def test_settled_held_work_takes_its_line_away(store: Store) -> None:
    """A supervisor dealt with it: the author's line has done its duty, and not before."""
    add(store, make_note())
    answer(store, Answered(1, Verdict.HELD, "Held."), durable=1)
    (mutation_id,) = [m.mutation_id for m in [read(store, lambda r: mutation_of(r, 1))] if m]

    receive(store, put(_held_work(mutation_id, Settlement.WAITING)))
    waiting = len(read(store, returned))
    receive(store, put(_held_work(mutation_id, Settlement.TAKEN_OVER), 2))

    assert (waiting, read(store, returned)) == (1, ())


def test_an_answered_record_that_no_scope_gives_back_leaves(store: Store) -> None:
    """A note for another team's case leaves once the server has it, also while its line is kept until durable; one
    that waits to be sent stays."""
    add(store, make_note(1))
    add(store, make_note(2))
    answer(store, Answered(1, Verdict.APPLIED, rev=1))

    gone = write(store, sweep_unheld)

    assert gone == 1
    assert [note.id for note in read(store, lambda r: r.all_of(Note))] == [make_note(2).id]
    assert read(store, kept_until_durable_count) == 1


def test_the_digest_is_kept_step_by_step(store: Store) -> None:
    """Count and digest kept with each part are those of adding all members up."""
    receive(store, put(make_person(1)), put(make_note(1)))
    write(store, lambda tx: prove(tx, standing(tx, "team"), count=-1, digest=0))
    receive(store, put(make_person(1, known_as="Idy"), 2), put(make_note(2)), state="s2", left=[ref(make_note(1))])
    receive(store, put(make_note(3)), put(make_note(3)), state="s3", deleted=[ref(make_note(2))])

    now = read(store, lambda r: standing(r, "team"))

    assert now.loaded
    assert (now.count, now.digest) == read(store, lambda r: scope_digest(r, "team"))

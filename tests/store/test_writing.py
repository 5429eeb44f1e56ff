"""Changing the store: row, line to send and journal stay in step, and a failed change leaves nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from tests.builders import NOW, USER_ID, make_case, make_note, make_person, make_stage_change, make_user
from tests.store.opened import add, read, write

from almoner.records import Case, Note, Person
from almoner.records.trouble import Trouble
from almoner.records.wire import to_wire
from almoner.store.lines import unpack_entry
from almoner.store.opening import Store
from almoner.store.outbox import next_batch, unsent, unsent_count
from almoner.store.reading import Reading
from almoner.store.tables import local_table, outbox
from almoner.store.writing import ComesAgain, Writing


def _batch(store: Store) -> list[object]:
    return list(read(store, lambda r: next_batch(r, 500, 10**9)))


def test_a_new_record_is_kept_and_queued(store: Store) -> None:
    """A save is read back equal, and waits to be sent with every field but those of the server."""
    note = make_note()

    result, touched = store.writer().write(lambda tx: tx.add(note), author=USER_ID, now=NOW)

    assert result is None
    assert touched == {"note"}
    assert read(store, lambda r: r.get(Note, note.id)) == note
    (sent,) = read(store, lambda r: next_batch(r, 10, 10**6))
    assert sent.values == {k: v for k, v in to_wire(note).items() if k != "received_at"}
    assert (sent.author, sent.base, sent.client_seq, sent.kind) == (USER_ID, {}, 1, "note")


def test_only_changed_fields_are_sent(store: Store) -> None:
    """A changed record sends the fields that differ, sets of words as additions and removals."""
    person = make_person(support_needs=("large print", "loop"))
    add(store, person)

    write(store, lambda tx: tx.save(replace(person, known_as="Idy", support_needs=("loop", "lip reading"))))

    first, second = read(store, lambda r: next_batch(r, 10, 10**6))
    assert first.added == {"support_needs": ["large print", "loop"]}
    assert "support_needs" not in first.values
    assert second.values == {"known_as": "Idy"}
    assert second.added == {"support_needs": ["lip reading"]}
    assert second.removed == {"support_needs": ["large print"]}
    assert set(second.base) == {"known_as", "support_needs"}


def test_a_save_without_a_change_queues_nothing(store: Store) -> None:
    """Pressing save twice makes one line."""
    person = make_person()
    add(store, person)

    _, touched = store.writer().write(lambda tx: tx.save(person), author=USER_ID, now=NOW)

    assert touched == frozenset()
    assert read(store, unsent_count) == 1


def test_events_and_fixed_fields_never_change(store: Store) -> None:
    """A note is never rewritten and a reference never changed: that is our mistake, stopped before it is written."""
    case, note = make_case(), make_note()
    add(store, case, note)

    with pytest.raises(AssertionError, match="never changed"):
        write(store, lambda tx: tx.save(replace(note, text="something else")))
    with pytest.raises(AssertionError, match="reference never changes"):
        write(store, lambda tx: tx.save(replace(case, reference="ASH-OTHER")))
    with pytest.raises(AssertionError, match="set by the server"):
        add(store, make_note(2, received_at=NOW))
    with pytest.raises(AssertionError, match="already kept"):
        add(store, case)
    assert read(store, lambda r: r.get(Case, case.id)) == case
    assert read(store, unsent_count) == 2


def test_a_failed_action_leaves_nothing(store: Store) -> None:
    """Rows, lines, drafts and the journal are as before when an action fails halfway."""
    add(store, make_person())
    before = list(store.journal.frames())

    def fails(tx: Writing) -> None:
        tx.add(make_case())
        tx.keep_draft("note", "half")
        raise Trouble("The printer is on fire.", "Leave the building.")

    with pytest.raises(Trouble, match="printer"):
        write(store, fails)

    assert read(store, lambda r: r.find(Case, make_case().id)) is None
    assert read(store, lambda r: r.draft("note")) is None
    assert read(store, unsent_count) == 1
    assert list(store.journal.frames()) == before
    add(store, make_case())
    assert [line.client_seq for line in read(store, unsent)] == [1, 2]


def test_what_cannot_be_kept_is_said_in_words(store: Store) -> None:
    """A value over its limit is refused with the label people know, and nothing is written."""
    with pytest.raises(Trouble) as told:
        add(store, make_person(full_name="x" * 301))

    assert "Full name" in told.value.what
    assert "xxx" not in str(told.value)
    assert read(store, unsent_count) == 0


def test_one_transaction_is_one_frame_of_the_journal(store: Store) -> None:
    """All saves of one action stand or fall together, in the journal as well."""
    add(store, make_case(), make_note(), make_stage_change())

    ((_, payload),) = list(store.journal.frames())

    assert [line.mutation.kind for line in unpack_entry(payload).lines] == ["case", "note", "stage_change"]


def test_lines_are_named_for_people(store: Store) -> None:
    """The list of unsent work says what each line is and on which case."""
    case = make_case()
    add(store, case, make_note(), make_stage_change(), make_person())
    write(store, lambda tx: tx.save(replace(case, title="Mould in the bathroom")))

    labels = [line.label for line in read(store, unsent)]

    assert labels == [
        "Damp and mould case ASH-TEST-0001-2",
        "Note on ASH-TEST-0001-2",
        "Stage: Investigating on ASH-TEST-0001-2",
        "Resident",
        "Damp and mould case ASH-TEST-0001-2: title",
    ]
    assert read(store, lambda r: unsent_count(r, case.id)) == 4
    assert len(read(store, lambda r: unsent(r, 2))) == 2


def test_reading_inside_a_transaction_sees_its_own_writes(store: Store) -> None:
    """An action may build on what it has just written."""

    def action(tx: Writing) -> int:
        tx.add(make_person(1))
        tx.add(make_person(2))
        return len(tx.all_of(Person))

    assert write(store, action) == 2


def test_records_are_found_by_equal_fields_in_order(store: Store) -> None:
    """`all_of` filters by fields, orders, and never brings more than asked."""
    add(store, *(make_note(n, text=f"text {9 - n}") for n in range(1, 6)), make_note(6, case_id="another"))

    def query(reading: Reading) -> list[str]:
        found = reading.all_of(Note, case_id=make_note().case_id, order="text", limit=3)
        return [note.text for note in found]

    assert read(store, query) == ["text 4", "text 5", "text 6"]
    assert [n.text for n in read(store, lambda r: r.all_of(Note, order="text", descending=True, limit=1))] == ["text 8"]
    with pytest.raises(AssertionError, match="no such field"):
        read(store, lambda r: r.all_of(Note, colour="red"))


def test_every_value_comes_back(store: Store) -> None:
    """Truth, sets, numbers, dates and every script survive the table."""
    person = make_person(
        full_name="Łucja Ó Briain 山田 \u202e\U0001f469\u200d\U0001f467",
        interpreter=True,
        print_points=24,
        earlier_names=("A", "Ž"),
    )
    case = make_case(longitude=-0.5, latitude=51.25, closed_at=NOW)
    add(store, person, case)

    assert read(store, lambda r: r.get(Person, person.id)) == person
    assert read(store, lambda r: r.get(Case, case.id)) == case


def test_what_is_not_here_is_said_in_words(store: Store) -> None:
    """Asking for a record of another team gives a sentence, not a crash."""
    with pytest.raises(Trouble, match="resident is not on this computer"):
        read(store, lambda r: r.get(Person, "nobody"))


def test_the_author_is_fixed_when_saved(store: Store) -> None:
    """Whoever signs in later, a line keeps the author it was saved by."""
    other = make_user(2).id
    store.writer().write(lambda tx: tx.add(make_note(1)), author=USER_ID, now=NOW)
    store.writer().write(lambda tx: tx.add(make_note(2)), author=other, now=NOW)

    assert [m.author for m in read(store, lambda r: next_batch(r, 9, 10**6))] == [USER_ID, other]


def test_drafts_stay_on_the_device(store: Store) -> None:
    """Half-typed work is kept, replaced and dropped, and never queued."""
    write(store, lambda tx: tx.keep_draft("note:1", "Rang"))
    write(store, lambda tx: tx.keep_draft("note:1", "Rang twice"))
    kept = read(store, lambda r: r.draft("note:1"))
    write(store, lambda tx: tx.drop_draft("note:1"))

    assert kept == "Rang twice"
    assert read(store, lambda r: r.draft("note:1")) is None
    assert read(store, unsent_count) == 0


def test_batches_keep_to_their_limits_but_never_stop(store: Store) -> None:
    """A batch holds at most so many lines and bytes, and always one: a large save cannot block the rest."""
    add(store, *(make_note(n, text="x" * 5000) for n in range(1, 6)))

    assert len(read(store, lambda r: next_batch(r, 3, 10**6))) == 3
    assert len(read(store, lambda r: next_batch(r, 500, 12_000))) == 2
    assert len(read(store, lambda r: next_batch(r, 500, 1))) == 1
    assert [m.client_seq for m in read(store, lambda r: next_batch(r, 500, 10**6, after=3))] == [4, 5]


def test_unknown_fields_are_carried_through_a_change(store: Store) -> None:
    """A field that only a newer version knows stays with the record when this version changes another."""
    person = make_person()
    add(store, person)
    table = local_table(Person)
    write(store, lambda tx: tx.connection.execute(table.update().values(extra=json.dumps({"shoe_size": 44}))))

    write(store, lambda tx: tx.save(replace(person, known_as="Idy")))

    row = read(store, lambda r: r.connection.execute(select(table)).mappings().one())
    assert json.loads(row["extra"]) == {"shoe_size": 44}
    assert row["known_as"] == "Idy"


def test_readers_cannot_write(store: Store) -> None:
    """Only the writer writes: a reader's connection refuses."""
    with pytest.raises(Trouble, match="may not write"):
        store.reader().read(lambda r: r.connection.execute(outbox.delete()))


def test_a_reader_sees_one_moment(store: Store) -> None:
    """What a reader sees does not change under it while the writer works on."""

    def query(reading: Reading) -> tuple[int, int]:
        count = select(func.count()).select_from(local_table(Person))
        before = reading.connection.execute(count).scalar_one()
        add(store, make_person())
        return before, reading.connection.execute(count).scalar_one()

    assert store.reader().read(query) == (0, 0)
    assert len(read(store, lambda r: r.all_of(Person))) == 1


def test_only_what_comes_again_does_not_wait_for_the_disk(store: Store) -> None:
    """A page of a pull is written without waiting; the next save waits again, also after a page that failed."""

    def synchronous(tx: Writing) -> int:
        return int(tx.connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    def fails(tx: Writing) -> None:
        raise AssertionError("cut off")

    normal, full = 1, 2
    assert write(store, ComesAgain(synchronous)) == normal
    assert write(store, synchronous) == full
    with pytest.raises(AssertionError, match="cut off"):
        write(store, ComesAgain(fails))
    assert write(store, synchronous) == full

"""The second copy of unsent work: only its intact beginning is ever read, and it brings back what the store lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import make_note, make_person
from tests.store.opened import MASTER, add, read, write

from almoner.records import Note, Person
from almoner.records.mutation import Verdict
from almoner.store import writing
from almoner.store.derivation import key_for
from almoner.store.journal import FILE_NAME, Journal
from almoner.store.lines import unpack_entry
from almoner.store.opening import Store, database_path, journal_folder
from almoner.store.outbox import Answered, acknowledge, unsent, unsent_count

KEY = bytes(range(32))
PAYLOADS = [b"first", b"", b"third" * 100, b"fourth"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal file of four frames."""
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, KEY)
    for payload in PAYLOADS:
        journal.append(payload)
    journal.close()
    return (folder / FILE_NAME).read_bytes()


def _read_back(folder: Path, content: bytes) -> tuple[list[bytes], bool]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(content)
    journal = Journal(folder, KEY)
    try:
        return [payload for _seq, payload in journal.frames()], journal.lost_tail
    finally:
        journal.close()


def test_frames_come_back_in_order(written: bytes, tmp_path: Path) -> None:
    """What was appended is read again, and nothing of it lies in plain."""
    assert _read_back(tmp_path / "j", written) == (PAYLOADS, False)
    assert b"third" not in written


@settings(max_examples=80, deadline=None)
@given(cut=st.integers(0, 10_000))
def test_a_cut_journal_gives_its_intact_beginning(
    cut: int, written: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut at any byte: exactly the whole frames before the cut, never a part of one."""
    cut = cut % len(written)
    found, lost = _read_back(tmp_path_factory.getbasetemp() / "cut", written[:cut])

    assert found == PAYLOADS[: len(found)]
    ends = _frame_ends(written)
    assert len(found) == sum(1 for end in ends if end <= cut)
    assert lost == (cut not in (21, *ends))


def _frame_ends(content: bytes) -> list[int]:
    """Where each frame ends: a header of 21 bytes, then 24 bytes, the payload and a tag of 16 for each."""
    ends, at = [], 21
    for payload in PAYLOADS:
        at += 24 + len(payload) + 16
        ends.append(at)
    assert at == len(content)
    return ends


@settings(max_examples=80, deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_work(
    at: int, bit: int, written: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One bit anywhere: the frames before it, and nothing after."""
    at = at % len(written)
    spoilt = bytearray(written)
    spoilt[at] ^= 1 << bit
    found, lost = _read_back(tmp_path_factory.getbasetemp() / "flip", bytes(spoilt))

    assert found == PAYLOADS[: len(found)]
    assert len(found) == (0 if at < 21 else sum(1 for end in _frame_ends(written) if end <= at))
    assert lost


def test_work_goes_on_after_a_torn_tail(written: bytes, tmp_path: Path) -> None:
    """A torn tail is set aside in a file of its own, and new frames follow the intact ones."""
    folder = tmp_path / "j"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(written[:-3])
    journal = Journal(folder, KEY)
    journal.append(b"fifth")
    journal.close()

    again = Journal(folder, KEY)

    assert [payload for _seq, payload in again.frames()] == [*PAYLOADS[:3], b"fifth"]
    assert not again.lost_tail
    assert (folder / f"{FILE_NAME}.damaged").read_bytes() == written[:-3]
    again.close()


def test_frames_of_another_journal_are_refused(written: bytes, tmp_path: Path) -> None:
    """A frame moved from another file of the same key is not read: frames are bound to their file."""
    folder = tmp_path / "other"
    journal = Journal(folder, KEY)
    journal.append(b"ours")
    journal.close()
    ours = (folder / FILE_NAME).read_bytes()

    assert _read_back(tmp_path / "mixed", ours[:21] + written[21:])[0] == []


def test_a_sequence_is_given_once(tmp_path: Path) -> None:
    """A frame taken back leaves no trace, and its sequence is never used again; rewriting goes on counting."""
    journal = Journal(tmp_path / "j", KEY)
    assert journal.append(b"one") == 1
    assert journal.append(b"not committed") == 2
    journal.take_back()
    assert journal.append(b"three") == 3
    assert journal.rewrite([b"three again"]) == 4
    assert journal.append(b"five") == 5

    assert list(journal.frames(after=3)) == [(4, b"three again"), (5, b"five")]
    journal.close()


def _snapshot(store: Store, folder: Path) -> None:
    """Keep the database as it is now, without its journal."""
    store.close()
    shutil.copytree(store.folder / "store", folder)


def _bring_back(store: Store, folder: Path) -> None:
    shutil.rmtree(store.folder / "store")
    shutil.copytree(folder, store.folder / "store")


def test_a_crash_between_journal_and_commit_loses_nothing(store: Store, tmp_path: Path) -> None:
    """Work in the journal that the database has not is put back at the next opening, once."""
    person = make_person(support_needs=("loop",))
    add(store, person)
    _snapshot(store, tmp_path / "before")
    opened = Store.open(store.folder, MASTER)
    add(opened, make_note())
    write(opened, lambda tx: tx.save(replace(person, known_as="Idy", support_needs=("braille",))))
    opened.close()
    _bring_back(opened, tmp_path / "before")

    again = Store.open(store.folder, MASTER)

    assert again.replayed == 2
    assert read(again, lambda r: r.get(Note, make_note().id)) == make_note()
    assert read(again, lambda r: r.get(Person, person.id)) == replace(
        person, known_as="Idy", support_needs=("braille",)
    )
    assert [line.client_seq for line in read(again, unsent)] == [1, 2, 3]
    add(again, make_note(2))
    assert [line.client_seq for line in read(again, unsent)] == [1, 2, 3, 4]
    again.close()
    third = Store.open(store.folder, MASTER)
    assert third.replayed == 0
    assert read(third, unsent_count) == 4
    third.close()


def test_a_save_that_did_not_commit_is_not_in_the_journal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the database refuses after the journal was written, the frame is taken back."""
    add(store, make_person())
    before = list(store.journal.frames())

    def refuse(_facts: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.Writing, "set_facts", lambda _self, facts: refuse(facts))
    with pytest.raises(writing.Trouble, match="disk of this computer is full"):
        add(store, make_note())
    monkeypatch.undo()

    assert list(store.journal.frames()) == before
    assert read(store, lambda r: r.find(Note, make_note().id)) is None


def test_a_lost_journal_is_written_anew_from_the_outbox(store: Store) -> None:
    """If somebody deletes the journal, unsent work is in two places again after the next opening."""
    add(store, make_person(), make_note())
    store.close()
    shutil.rmtree(journal_folder(store.folder))

    again = Store.open(store.folder, MASTER)

    lines = [line for _seq, payload in again.journal.frames() for line in unpack_entry(payload).lines]
    assert [line.mutation.kind for line in lines] == ["person", "note"]
    assert again.replayed == 0
    again.close()


def test_the_journal_is_emptied_once_all_is_sent(store: Store) -> None:
    """Nothing stays in the journal that the server has for ever, and it cannot grow without end."""
    add(store, make_note(1, text="x" * 10_000))
    add(store, make_note(2))
    write(
        store,
        lambda tx: acknowledge(tx, [Answered(n, Verdict.APPLIED) for n in (1, 2)], durable_client_seq=2),
    )

    assert list(store.journal.frames()) == []
    assert store.journal.size < 100
    add(store, make_note(3))
    assert len(list(store.journal.frames())) == 1


def test_a_grown_journal_is_rewritten_with_what_is_unsent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that stays unsent for long does not keep the whole history of the journal with it."""
    monkeypatch.setattr(writing, "LARGEST_JOURNAL", 20_000)
    add(store, make_note(1, text="x" * 19_000))
    add(store, make_note(2, text="x" * 19_000))
    add(store, make_note(3))
    write(
        store,
        lambda tx: acknowledge(tx, [Answered(n, Verdict.APPLIED) for n in (1, 2)], durable_client_seq=2),
    )

    assert store.journal.size < 5_000
    ((_seq, payload),) = list(store.journal.frames())
    assert [line.mutation.record for line in unpack_entry(payload).lines] == [make_note(3).id]


def test_the_journal_cannot_be_read_with_the_database_key(store: Store) -> None:
    """Each purpose has a key of its own."""
    add(store, make_person())
    store.close()

    other = Journal(journal_folder(store.folder), key_for(MASTER, "database"))

    assert list(other.frames()) == []
    other.close()
    assert database_path(store.folder).exists()

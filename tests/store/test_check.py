"""Checking, copying and repairing a store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete
from tests.builders import USER_ID, make_attachment, make_note, make_person
from tests.store.opened import MASTER, add, made, read, reopened, write

from almoner.records import Note, Person
from almoner.records.mutation import Verdict
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault
from almoner.store.check import Repaired, backup, check, repair
from almoner.store.faults import DamagedStore
from almoner.store.lines import unpack_entry
from almoner.store.opening import Store, database_path, journal_folder, sidecar_path
from almoner.store.outbox import Answered, acknowledge, unsent, unsent_count
from almoner.store.tables import outbox

PAGE = 4096


def _filled(folder: Path, notes: int = 400) -> Store:
    """A store of some hundred pages, with a photo; the first hundred notes are sent already."""
    store = made(folder)
    sha256 = Vault(store).keep(b"photo of a wall")
    add(store, make_person(), make_attachment(sha256=sha256, size=15))
    for first in range(1, notes + 1, 50):
        add(store, *(make_note(n, text="x" * 900) for n in range(first, first + 50)))
    answers = [Answered(n, Verdict.APPLIED) for n in range(3, 103)]
    write(store, lambda tx: acknowledge(tx, answers, durable_client_seq=102))
    return store


def _spoil(folder: Path, *pages: int) -> None:
    path = database_path(folder)
    content = bytearray(path.read_bytes())
    for page in pages:
        content[page * PAGE + 50 : page * PAGE + 90] = bytes(40)
    path.write_bytes(content)


def _pages(folder: Path) -> int:
    return database_path(folder).stat().st_size // PAGE


def test_a_whole_store_is_whole(store: Store) -> None:
    """Nothing wrong is found where nothing is wrong, and unsent work is counted."""
    add(store, make_person(), make_note())

    found = check(store)

    assert found.is_whole
    assert (found.bad_pages, found.faults, found.unsent, found.unsent_not_in_journal, found.set_aside) == (
        0, (), 2, 0, 0,
    )  # fmt: skip


def test_a_bad_page_is_found(tmp_path: Path) -> None:
    """One damaged page among hundreds is named, though nobody has read it yet."""
    store = _filled(tmp_path / "s")
    store.close()
    _spoil(store.folder, _pages(store.folder) - 3)
    again = Store.open(store.folder, MASTER)
    try:
        found = check(again)
    except DamagedStore:
        return
    finally:
        again.close()

    assert found.bad_pages == 1
    assert not found.is_whole


def test_work_missing_from_the_journal_is_found(store: Store) -> None:
    """The second copy of unsent work is compared with the first."""
    add(store, make_person(), make_note())
    store.journal.rewrite([])

    found = check(store)

    assert found.unsent_not_in_journal == 2
    assert not found.is_whole


def test_a_copy_opens_like_the_original(tmp_path: Path) -> None:
    """Everything is in the copy, still encrypted; the original is untouched; nothing is overwritten."""
    store = _filled(tmp_path / "s", 50)
    with pytest.raises(Trouble, match="already open"):
        backup(store.folder, tmp_path / "copy")
    store.close()

    size = backup(store.folder, tmp_path / "copies" / "copy")

    assert size > 0
    with pytest.raises(Trouble, match="already"):
        backup(store.folder, tmp_path / "copies" / "copy")
    copy = Store.open(tmp_path / "copies" / "copy", MASTER)
    assert len(read(copy, lambda r: r.all_of(Note))) == 50
    assert check(copy).is_whole
    assert Vault(copy).read(make_sha(copy)) == b"photo of a wall"
    copy.close()
    with pytest.raises(Trouble, match="no store"):
        backup(tmp_path / "nowhere", tmp_path / "other")


def make_sha(store: Store) -> str:
    """The hash of the one photo."""
    return str(read(store, lambda r: r.connection.exec_driver_sql("SELECT sha256 FROM attachments").scalar_one()))


@pytest.mark.parametrize("bad", [1, 10])
def test_only_what_lay_on_bad_pages_is_lost(tmp_path: Path, bad: int) -> None:
    """A damaged store gives up its readable rows, and all unsent work comes back from the journal."""
    store = _filled(tmp_path / "s")
    store.close()
    step = _pages(store.folder) // (bad + 1)
    _spoil(store.folder, *(30 + step * n for n in range(bad)))

    found = repair(store.folder, MASTER, tmp_path / "new")

    again = Store.open(tmp_path / "new", MASTER)
    held = {note.id for note in read(again, lambda r: r.all_of(Note))}
    assert {make_note(n).id for n in range(101, 401)} <= held, "unsent work was lost"
    assert len(held) >= 400 - 5 * bad
    assert found.rows > 400
    numbers = [line.client_seq for line in read(again, unsent)]
    assert len(numbers) == len(set(numbers)) >= 302
    assert check(again).is_whole
    assert Vault(again).read(make_sha(again)) == b"photo of a wall"
    assert read(again, lambda r: r.fact("user_id")) == USER_ID
    add(again, make_person(2))
    again.close()


def _gone(folder: Path) -> None:
    database_path(folder).unlink()


def _empty(folder: Path) -> None:
    database_path(folder).write_bytes(b"")


def _first_page(folder: Path) -> None:
    _spoil(folder, 0)


def _sidecar_too(folder: Path) -> None:
    database_path(folder).unlink()
    sidecar_path(folder).unlink()


@pytest.mark.parametrize("lose", [_gone, _empty, _first_page, _sidecar_too])
def test_a_lost_store_is_rebuilt_from_the_journal(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    """When the database is gone altogether, everything unsent is in the new one, and the photo opens."""
    store = made(tmp_path / "s")
    sha256 = Vault(store).keep(b"photo of a wall")
    person = make_person()
    add(store, person, make_attachment(sha256=sha256, size=15))
    add(store, make_note())
    store.close()
    lose(store.folder)

    found = repair(store.folder, MASTER, tmp_path / "new")

    assert found == Repaired(rows=0, lost=found.lost, from_journal=3)
    again = Store.open(tmp_path / "new", MASTER)
    assert read(again, lambda r: r.get(Person, person.id)) == person
    assert read(again, unsent_count) == 3
    assert Vault(again).read(sha256) == b"photo of a wall"
    lines = [line for _seq, payload in again.journal.frames() for line in unpack_entry(payload).lines]
    assert len(lines) == 3
    add(again, make_note(2))
    assert read(again, unsent_count) == 4
    again.close()


def test_a_repair_overwrites_nothing(tmp_path: Path) -> None:
    """The damaged store stays as it is, and a folder with something in it is not used."""
    store = made(tmp_path / "s")
    store.close()
    before = database_path(store.folder).read_bytes()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")

    with pytest.raises(Trouble, match="not empty"):
        repair(store.folder, MASTER, tmp_path / "full")
    repair(store.folder, MASTER, tmp_path / "new")

    assert database_path(store.folder).read_bytes() == before


def test_a_lost_outbox_comes_back_from_the_journal(store: Store) -> None:
    """Even when the journal was taken over already, a repair looks at all of it."""
    add(store, make_note())
    write(store, lambda tx: tx.connection.execute(delete(outbox)))
    store.close()

    found = repair(store.folder, MASTER, store.folder.parent / "new")

    assert found.from_journal == 1
    shutil.rmtree(journal_folder(store.folder))
    again = reopened(Store.open(store.folder.parent / "new", MASTER))
    assert read(again, unsent_count) == 1
    again.close()

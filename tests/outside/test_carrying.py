"""Files travel after their records, and a spoilt one keeps no other waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.builders import make_attachment, make_case
from tests.desks import A1_MORNING, RUTH

from almoner.outside.carrying import carry_files
from almoner.outside.clock import PretendClock
from almoner.outside.opening import LoneDoor
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault, files_to_send
from almoner.store.opening import Store


@dataclass
class Shelf:
    """The server's shelf of files, in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def upload(self, sha256: str, content: bytes) -> None:
        """Keep it."""
        self.kept[sha256] = content

    def download(self, sha256: str) -> bytes:
        """Give it back."""
        return self.kept[sha256]


def test_a_spoilt_file_keeps_no_other_waiting(tmp_path: Path) -> None:
    """The file that cannot be read is told of at the end; the others are at the office, and stay there."""
    store, shelf = Store.create(tmp_path / "store", bytes(32), user_id=RUTH.id), Shelf()
    vault, door = Vault(store), LoneDoor(store, store.reader(), RUTH.id, PretendClock(A1_MORNING))
    contents = (b"short", b"a longer one", b"the longest of them all")
    names = [vault.keep(content) for content in contents]
    door.write(lambda tx: tx.add(make_case(1)))
    for number, (name, content) in enumerate(zip(names, contents, strict=True), start=1):
        record = make_attachment(number, sha256=name, size=len(content))
        door.write(lambda tx, record=record: tx.add(record))
    files = [path for path in (store.folder / "files").rglob("*") if path.is_file()]
    spoilt = min(files, key=lambda path: path.stat().st_size)
    spoilt.write_bytes(b"nothing of the kind")

    for _ in range(2):
        with pytest.raises(Trouble):
            carry_files(door, shelf, vault)
    waiting = door.read(files_to_send)
    store.close()

    assert shelf.kept == {names[1]: contents[1], names[2]: contents[2]}
    assert [file.sha256 for file in waiting] == [names[0]]

"""Carrying attachments between a laptop and the server, after a round of sync has carried the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from almoner.outside.places import Post
from almoner.records.trouble import Trouble
from almoner.store.attachments import Kept, Vault, files_to_send, files_wanted, mark_sent
from almoner.store.writing import Writing
from almoner.sync.client import Door
from almoner.sync.peer import PeerKind, PeerTrouble

FILES_A_TURN = 20
"""Attachments sent and fetched in one turn, so that records are never kept waiting long."""
LOOKED_AT = 300
"""Attachments a turn tries at most, when many cannot be carried."""
_THIS_FILE_ONLY = frozenset({PeerKind.NOT_ALLOWED, PeerKind.TOO_LARGE})


class _Stopped(Exception):
    """The carrying was asked to stop."""


def carry_files(door: Door, post: Post, vault: Vault, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Send files that only this laptop has and fetch those it lacks, a turn of them; how many went either way.

    A file that is spoilt, or that the server will not take, keeps no other one waiting. When the line fails the turn
    ends. Either is raised as Trouble at the end of the turn; what is left is carried in a later one. A file counts as
    sent only when the server has proved its hash. One that is not at the server yet is asked for again next time.
    """
    carried, trouble = _turn(door, post, vault, stopped)
    if trouble is not None:
        raise trouble
    return carried


def carry_all(door: Door, post: Post, vault: Vault) -> int:
    """Turn after turn until nothing more can be carried; how many files went either way. Raises as `carry_files`."""
    total, trouble = 0, None
    while True:
        carried, trouble = _turn(door, post, vault, lambda: False)
        total += carried
        if not carried:
            break
    if trouble is not None:
        raise trouble
    return total


def _turn(door: Door, post: Post, vault: Vault, stopped: Callable[[], bool]) -> tuple[int, Trouble | None]:
    """How many files were carried, and the last trouble with a single one."""

    def watch(_done: int, _all: int) -> None:
        if stopped():
            raise _Stopped

    def send(file: Kept) -> None:
        post.upload(file.sha256, file.size, lambda: vault.pieces(file.sha256), watch)
        door.write(_sent(file.sha256))

    def fetch(file: Kept) -> None:
        vault.take_in(file.sha256, post.download(file.sha256, watch), file.size)
        door.write(lambda _tx: None)

    sent, trouble = _carry(door.read(lambda reading: files_to_send(reading, LOOKED_AT)), send, stopped)
    wanted = door.read(lambda reading: files_wanted(reading, LOOKED_AT))
    fetched, other = _carry(wanted, fetch, stopped, absent=PeerKind.NOT_ALLOWED)
    return sent + fetched, trouble or other


def _carry(
    files: Iterable[Kept],
    carry: Callable[[Kept], None],
    stopped: Callable[[], bool],
    *,
    absent: PeerKind | None = None,
) -> tuple[int, Trouble | None]:
    """How many of the files were carried, at most a turn, and the last trouble with one; a trouble of the kind
    `absent` is none. Raises PeerTrouble when the line fails."""
    carried, spoilt = 0, None
    for file in files:
        if carried >= FILES_A_TURN or stopped():
            break
        try:
            carry(file)
            carried += 1
        except _Stopped:
            break
        except Trouble as trouble:
            kind = trouble.kind if isinstance(trouble, PeerTrouble) else None
            if kind is not None and kind not in _THIS_FILE_ONLY:
                raise
            if kind is None or kind is not absent:
                spoilt = trouble
    return carried, spoilt


def _sent(sha256: str) -> Callable[[Writing], None]:
    return lambda tx: mark_sent(tx, sha256)

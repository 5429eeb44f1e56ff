"""Carrying attachments between a laptop and the server, after a round of sync has carried the records."""

from __future__ import annotations

from collections.abc import Callable

from almoner.outside.places import Post
from almoner.records.trouble import Trouble
from almoner.store.attachments import Kept, Vault, files_to_send, files_wanted, mark_sent
from almoner.store.writing import Writing
from almoner.sync.client import Door
from almoner.sync.peer import PeerTrouble

FILES_A_TURN = 20
"""Attachments sent and fetched in one turn, so that records are never kept waiting long."""


def carry_files(door: Door, post: Post, vault: Vault, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Send files that only this laptop has and fetch those it lacks, a turn of them; how many went either way.

    A file that is spoilt keeps no other one waiting. When the line fails the turn ends. Either is raised as Trouble
    at the end of the turn; what is left is carried in a later one.
    """

    def send(file: Kept) -> None:
        post.upload(file.sha256, vault.read(file.sha256))
        door.write(_sent(file.sha256))

    def fetch(file: Kept) -> None:
        content = post.download(file.sha256)
        vault.take_in(file.sha256, iter((content,)), len(content))
        door.write(lambda _tx: None)

    turn = [(send, file) for file in door.read(lambda reading: files_to_send(reading, FILES_A_TURN))]
    turn += [(fetch, file) for file in door.read(lambda reading: files_wanted(reading, FILES_A_TURN))]
    carried, spoilt = 0, None
    for carry, file in turn:
        if stopped():
            return carried
        try:
            carry(file)
        except PeerTrouble:
            raise
        except Trouble as trouble:
            spoilt = trouble
        else:
            carried += 1
    if spoilt is not None:
        raise spoilt
    return carried


def carry_all(door: Door, post: Post, vault: Vault) -> int:
    """Turn after turn until nothing is left to carry; how many files went either way. Raises as `carry_files`."""
    total = 0
    while carried := carry_files(door, post, vault):
        total += carried
    return total


def _sent(sha256: str) -> Callable[[Writing], None]:
    return lambda tx: mark_sent(tx, sha256)

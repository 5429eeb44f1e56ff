"""A large scan over a line that cuts again and again: it arrives whole, is never in memory whole, and shows as sent
only when it is."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest
from tests.network.conftest import Office
from tests.network.proxy import GOOD, Proxy, Way
from tests.sync.laptops import OWEN, RUTH, Laptop

from almoner.outside.carrying import carry_files
from almoner.records import Attachment
from almoner.server.file_store import FileStore
from almoner.server.object_store import open_object_store
from almoner.store.attachments import Kept, Vault, files_to_send, files_wanted
from almoner.sync.peer import PeerKind, PeerTrouble

SIZE = 40 * 1_000_000
MOST_IN_MEMORY = 20 * 1_000_000
"""Of the laptop and the service together: both run in this process."""


def attach(laptop: Laptop, kept: Kept) -> None:
    """A case with this file."""
    now, case = laptop.clock.now(), laptop.new_case()
    laptop.add(
        Attachment(
            id=laptop.ids.new(), case_id=case.id, name="scan.pdf", media_type="application/pdf", size=kept.size,
            sha256=kept.sha256, author_id=laptop.user.id, happened_at=now, recorded_at=now,
        )
    )  # fmt: skip


def carried(laptop: Laptop) -> int:
    return carry_files(laptop, laptop.line, Vault(laptop.store))  # type: ignore[arg-type]  # the line carries files


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    chance = random.Random(5)
    with path.open("wb") as file:
        for _ in range(SIZE // 1_000_000):
            file.write(chance.randbytes(1_000_000))
    return path


def test_a_large_scan_arrives_whole_in_little_memory(office: Office, scan: Path) -> None:
    """Every connection is cut after 5 MB there or 3 MB back; one turn carries it all the same."""
    with Proxy(office.port) as proxy:
        ruth, owen = office.laptop(RUTH, proxy.address), office.laptop(OWEN, proxy.address)
        tracemalloc.start()
        kept = Vault(ruth.store).keep_file(scan)
        attach(ruth, kept)
        ruth.sync()
        proxy.plan = lambda _number: (Way(cut_at=5_000_000), Way(cut_at=3_000_000))
        proxy.hang_up()
        assert carried(ruth) == 1
        owen.sync()
        assert carried(owen) == 1
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        pieces = Vault(owen.store).pieces(kept.sha256)
        with scan.open("rb") as file:
            assert all(file.read(len(piece)) == piece for piece in pieces)
            assert file.read(1) == b""
    assert proxy.tally.cut >= 10
    assert most < MOST_IN_MEMORY


def test_a_file_shows_as_sent_only_when_the_server_has_proved_it(office: Office, scan: Path) -> None:
    """A line that lets hardly a piece through leaves the file unsent, however often it is tried, and what came over
    counts: later turns send only the rest."""
    shelf = FileStore(open_object_store(office.settings.files), most_bytes=SIZE)
    with Proxy(office.port) as proxy:
        ruth = office.laptop(RUTH, proxy.address)
        kept = Vault(ruth.store).keep_file(scan)
        attach(ruth, kept)
        ruth.sync()
        came = 0
        for turn in range(3):
            proxy.plan = lambda number, first=proxy.tally.opened: (
                Way(cut_at=3_500_000 if number == first else 100), GOOD
            )  # fmt: skip
            proxy.hang_up()
            with pytest.raises(PeerTrouble) as caught:
                carried(ruth)
            assert caught.value.kind is PeerKind.OFFLINE
            assert ruth.read(files_to_send) == (kept,)
            assert shelf.whole(kept.sha256) is None
            assert shelf.state(kept.sha256).offset > came, turn
            came = shelf.state(kept.sha256).offset
        proxy.plan = lambda _number: (GOOD, GOOD)
        proxy.hang_up()
        assert carried(ruth) == 1

    assert ruth.read(files_to_send) == ()
    assert shelf.whole(kept.sha256) == SIZE


def test_a_file_garbled_on_the_way_back_is_not_kept(office: Office, scan: Path) -> None:
    """Bytes that turned on the way are noticed at the end of the file, and the file is asked for again."""
    with Proxy(office.port) as proxy:
        ruth, owen = office.laptop(RUTH), office.laptop(OWEN, proxy.address)
        kept = Vault(ruth.store).keep_file(scan)
        attach(ruth, kept)
        ruth.sync()
        assert carried(ruth) == 1
        owen.sync()
        proxy.plan = lambda _number: (GOOD, Way(garble_every=10_000_000))
        proxy.hang_up()
        with pytest.raises(PeerTrouble, match="damaged"):
            carried(owen)
        assert owen.read(files_wanted) == (kept,)
        proxy.plan = lambda _number: (GOOD, GOOD)
        proxy.hang_up()
        assert carried(owen) == 1

"""What the server's answers do on the laptop, and what becomes of work that was dealt with before it is safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.builders import make_person
from tests.store.opened import made
from tests.sync.scripted import Desk, ScriptedPeer, put, whole

from almoner.records import Address
from almoner.records.mutation import Verdict
from almoner.store import incoming
from almoner.sync.messages import Page


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A laptop's store that nothing was ever sent to."""
    store = made(tmp_path / "store")
    yield Desk(store)
    store.close()


def test_a_save_that_changed_nothing_at_the_server_is_not_seen_any_more(desk: Desk) -> None:
    """A colleague's more careful value came while ours waited and stays in force: the answer names the rev that is
    here already, so the server has nothing to send, and their value is what is seen."""
    address = Address(id="01900000-0000-7000-8000-0000000000ad", person_id=make_person().id, line_1="4 Mill Lane")
    hidden = put(replace(address, confidential=True), 2)
    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s1", [put(make_person()), put(address)])])]]))
    desk.write(lambda tx: tx.save(replace(address, line_2="Flat 2")))
    desk.write(lambda tx: incoming.apply_part(tx, "residents", "s2", puts=[hidden]))
    assert desk.read(lambda r: r.get(Address, address.id)).line_2 == "Flat 2"

    desk.sync(ScriptedPeer(verdict=Verdict.MERGED, durable=1))

    seen = desk.read(lambda r: r.get(Address, address.id))
    assert seen.confidential
    assert seen.line_2 == ""

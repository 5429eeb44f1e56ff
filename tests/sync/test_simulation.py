"""Small worlds from seeds: whatever the network does, copies agree at rest and no answered save is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sync.laptops import Centre
from tests.sync.world import World

from almoner.store import central_saves, leaving, outbox
from almoner.store.ledger import Taken
from almoner.sync import applying, sending

SEEDS = int(os.environ.get("ALMONER_SEEDS", "12"))
"""How many worlds are tried; set ALMONER_SEEDS for a long night."""


def _run(centre: Centre, folder: Path, seed: int) -> None:
    world = World(centre, folder, seed)
    try:
        world.run()
        world.check()
    finally:
        world.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_copies_agree_at_rest_and_nothing_is_lost(centre: Centre, tmp_path: Path, seed: int) -> None:
    """Dropped, repeated, delayed and cut calls, clocks ten years off, crashes between transactions."""
    _run(centre, tmp_path, seed)


def _numbers_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that runs ahead of what was sent."""
    real = sending._part

    def ahead(*args: Any, **more: Any) -> Any:
        part, reached, done = real(*args, **more)
        return (type(part)(scope=part.scope, state=part.state, puts=part.puts[1:], left=part.left, end=part.end),
                reached, done)  # fmt: skip

    monkeypatch.setattr(sending, "_part", ahead)


def _history_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers without writing the values down."""
    monkeypatch.setattr(applying, "_history", lambda save, merged: ())


def _line_dropped_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that takes a save for sent before it was answered."""
    real: Callable[..., Any] = outbox.next_batch

    def forgetful(reading: Any, limit: int, max_bytes: int) -> Any:
        return real(reading, limit, max_bytes)[1:]

    monkeypatch.setattr(outbox, "next_batch", forgetful)


def _rows_kept_after_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that keeps what left its scopes."""
    monkeypatch.setattr(leaving, "remove_unheld", lambda tx, refs: leaving.Gone())


def _children_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not carry children along when a case moves."""
    monkeypatch.setattr(applying.rows, "children_of", lambda connection, kind, record_id: {})


def _answers_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers a repeated save anew."""
    monkeypatch.setattr(central_saves, "answered", lambda connection, ids: {})


FAULTS = [
    _numbers_skipped,
    _history_forgotten,
    _line_dropped_unanswered,
    _rows_kept_after_access,
    _children_left_behind,
    _answers_forgotten,
]


def _four_worlds(centre: Centre, folder: Path) -> None:
    for seed in range(4):
        _run(centre, folder / str(seed), seed)


def test_without_a_fault_the_same_worlds_are_well(centre: Centre, tmp_path: Path) -> None:
    """What the next test shows is the fault, not the worlds."""
    _four_worlds(centre, tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_put_in_on_purpose_is_caught(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """A proof that cannot fail proves nothing: within a few seeds each fault must show."""
    fault(monkeypatch)

    with pytest.raises((AssertionError, Taken)):
        _four_worlds(centre, tmp_path)

"""The benchmark of the desk itself."""

import json
from pathlib import Path

from benchmarks.desk import measure
from benchmarks.town import Town

FIGURES = (
    "start_ms", "search_p95_ms", "open_case_p95_ms", "list_page_p95_ms", "save_note_p95_ms", "letters_per_s",
    "ui_block_max_ms",
)  # fmt: skip


def test_every_figure_is_there(tmp_path: Path) -> None:
    """One object holds every figure that is promised, with plain SQLite beside it, and nothing unencrypted stays."""
    figures = measure(tmp_path, Town(cases=60, people=20), queries=16, store_only=True)

    assert set(FIGURES) <= set(json.loads(json.dumps(figures)))
    assert figures["search_p95_ms"] > 0
    assert figures["plain_sqlite"]["search_p95_ms"] > 0
    assert not list(tmp_path.glob("plain*"))


def test_a_town_is_the_same_again() -> None:
    """The same seed makes the same people, cases and queries."""
    one, other = Town(cases=60, people=20), Town(cases=60, people=20)

    assert [one.person_name(n) for n in range(20)] == [other.person_name(n) for n in range(20)]
    assert one.queries(32) == other.queries(32)
    assert one.queries(32) != Town(cases=60, people=20, seed=2).queries(32)

"""What a new laptop is sent ahead of its turn: its officer's own open cases, all that is in them, and the people."""

from __future__ import annotations

from collections.abc import Iterator

from almoner.store.ledger import Ledger
from almoner.sync.messages import MAX_PAGE_ROWS, ArrivedPage, ArrivedPart
from almoner.sync.puts import arrived_puts

MOST_CASES = 200
MOST_RECORDS = 4 * MAX_PAGE_ROWS
"""What is sent early is sent twice, so it is little."""


def early_pages(
    ledger: Ledger, user_id: str, scopes: frozenset[str], *, page_rows: int = MAX_PAGE_ROWS
) -> Iterator[ArrivedPage]:
    """Pages of what the officer works on, from scopes they may see. They move no state and come again in their turn."""
    own = ledger.own_work(user_id, sorted(scopes), most_cases=MOST_CASES)[:MOST_RECORDS]
    for begin in range(0, len(own), page_rows):
        by_scope: dict[str, list[tuple[str, str]]] = {}
        for scope_id, key in own[begin : begin + page_rows]:
            by_scope.setdefault(scope_id, []).append(key)
        parts = [ArrivedPart(scope=s, state="", puts=arrived_puts(ledger, keys)) for s, keys in by_scope.items()]
        yield ArrivedPage(parts=parts, early=True)

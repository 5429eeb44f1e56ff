"""What waits for somebody to decide: values two people changed, and work the office did not take."""

from __future__ import annotations

from dataclasses import dataclass

from almoner.casework.conflict_page import OpenConflict, list_conflicts, open_conflicts
from almoner.casework.conflicts import may_be_settled_by
from almoner.casework.ports import Desk
from almoner.casework.returned import ReturnedItem, count_returned, read_returned
from almoner.store.reading import Reading

MOST_SHOWN = 50
"""So many of each are shown in full; the rest follow when these are dealt with."""


@dataclass(frozen=True, slots=True)
class SettlePage:
    """Everything the page shows. The counts are of all, shown or not."""

    conflicts: tuple[OpenConflict, ...]
    conflict_count: int
    returned: tuple[ReturnedItem, ...]
    returned_count: int


def read_settle_page(reading: Reading, desk: Desk) -> SettlePage:
    """Read both; at most fifty of each are given in full."""
    return SettlePage(
        conflicts=list_conflicts(reading, desk, MOST_SHOWN),
        conflict_count=len(open_conflicts(reading)),
        returned=read_returned(reading, desk, MOST_SHOWN),
        returned_count=count_returned(reading, desk),
    )


def count_to_settle(reading: Reading, desk: Desk) -> int:
    """How many things wait for this officer to decide."""
    mine = sum(may_be_settled_by(reading, desk, each) for each in open_conflicts(reading))
    return mine + count_returned(reading, desk)

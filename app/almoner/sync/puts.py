"""Records as they go out: read packed, sent packed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from almoner.store.central_rows import Key
from almoner.store.ledger import Ledger
from almoner.sync.messages import ArrivedPut


def arrived_puts(ledger: Ledger, keys: Sequence[Key]) -> list[ArrivedPut]:
    """These records, in this order, without those that are no more; their values are bytes that go out as they are."""
    there = ledger.travelling(keys)
    return [ArrivedPut(*key, there[key][0], msgspec.Raw(there[key][1])) for key in keys if key in there]

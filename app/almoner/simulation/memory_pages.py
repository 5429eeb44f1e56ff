"""Kept pages of first loads for books in memory; see `store.first_pages` for what must hold of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from almoner.store.first_pages import FirstPage

Pages = Mapping[tuple[str, int], FirstPage]
"""The pages of one scope, by edition and the number they begin after."""


def next_of(pages: Pages, edition: str, seq: int) -> FirstPage | None:
    """The first page of an edition that begins at `seq` or later; its body is given when it begins there."""
    later = [page for page in pages.values() if page.edition == edition and page.after_seq >= seq]
    if not later:
        return None
    found = min(later, key=lambda page: page.after_seq)
    return found if found.after_seq == seq else _without_body(found)


def _without_body(page: FirstPage) -> FirstPage:
    return FirstPage(page.scope_id, page.edition, page.after_seq, page.upto_seq, page.rows)


def ends_at(pages: Pages, edition: str, seq: int) -> bool:
    """Whether a page of an edition ends there."""
    return any(page.edition == edition and page.upto_seq == seq for page in pages.values())


def between(members: Iterable[Any], after: int, upto: int) -> int:
    """How many members have numbers above `after` up to `upto`."""
    return sum(after < member.seq <= upto for member in members)


def with_page(pages: Pages, page: FirstPage, members: Iterable[Any]) -> Pages:
    """The pages with this one, when it is still what the scope holds; those it takes the place of go."""
    if between(members, page.after_seq, page.upto_seq) != page.rows:
        return pages
    staying = {
        key: other
        for key, other in pages.items()
        if other.edition == page.edition
        and not (other.after_seq < page.upto_seq and other.upto_seq > page.after_seq and key[1] != page.after_seq)
    }
    return {(page.edition, page.after_seq): page, **staying}


def without_moved(pages: Pages, seqs: Collection[int]) -> Pages:
    """The pages that hold none of the members about to move from these numbers."""
    return {key: page for key, page in pages.items() if not any(page.after_seq < seq <= page.upto_seq for seq in seqs)}

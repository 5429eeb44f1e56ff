"""What the letter screen asks of the worker threads. What makes paper is loaded there, never on the UI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from almoner.desktop.screen import Target

if TYPE_CHECKING:
    from almoner.casework.letter_page import PaperPage
    from almoner.casework.letters import LetterDraft, Printed
    from almoner.casework.ports import Desk
    from almoner.records import Letter
    from almoner.store.reading import Reading
    from almoner.store.writing import Writing


def read_page(reading: Reading, desk: Desk, target: Target, typed: dict[str, str]) -> PaperPage:
    """Read everything a page shows."""
    from almoner.casework.letter_page import paper_page

    return paper_page(reading, desk, target.id, target.part, typed)


def let_out(tx: Writing, desk: Desk, letter_id: str, act: str) -> Printed:
    """Ask once more whether a letter may be printed (or saved), and record the answer."""
    from almoner.casework.letters import record_printed, record_saved

    return (record_printed if act == "print" else record_saved)(tx, desk, letter_id)


def record(tx: Writing, desk: Desk, letter_id: str, act: str) -> None:
    """Record that a letter was released, posted or handed over."""
    from almoner.casework.letters import record_handed_over, record_posted, release_letter

    if act == "release":
        release_letter(tx, desk, letter_id)
    elif act == "post":
        record_posted(tx, desk, letter_id)
    else:
        record_handed_over(tx, desk, letter_id)


def canceller(desk: Desk, letter_id: str, reason: str) -> Callable[[Writing], object]:
    """Return the change that cancels a letter."""

    def cancel(tx: Writing) -> object:
        from almoner.casework.letters import cancel_letter

        return cancel_letter(tx, desk, letter_id, reason=reason)

    return cancel


def written(path: Path, content: bytes) -> str:
    """Write a file, whole or not at all; its name comes back."""
    from almoner.desktop.printing import write_whole

    write_whole(path, content)
    return path.name


def filer(desk: Desk, draft: LetterDraft) -> Callable[[Writing], Letter]:
    """Return the change that files a letter on its case."""

    def file(tx: Writing) -> Letter:
        from almoner.casework.letters import file_letter

        return file_letter(tx, desk, draft)

    return file

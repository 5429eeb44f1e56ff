"""A program that saves without rest and says so after each save; tests kill it. Not a test itself."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.builders import NOW, USER_ID, make_note, make_person

from almoner.store.opening import Store
from almoner.store.writing import Writing


def main(folder: Path, first: int) -> None:
    """Save a person and two notes that belong together, over and over; print each number once it is saved."""
    store = Store.open(folder, bytes(range(32)))
    writer = store.writer()
    for number in range(first, first + 1_000_000):

        def action(tx: Writing, number: int = number) -> None:
            tx.add(make_person(number, support_needs=(f"need {number}",)))
            tx.add(make_note(2 * number, text="x" * (number % 700 + 1)))
            tx.add(make_note(2 * number + 1))

        writer.write(action, author=USER_ID, now=NOW + timedelta(seconds=number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

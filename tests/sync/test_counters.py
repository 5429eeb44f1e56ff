"""A reader that never rests misses nothing, whatever eight writers do: order of numbers is order of commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tests.sync.laptops import RUTH, SANA, START, Centre

from almoner.records import SCHEMA, Case, Note
from almoner.records.mutation import Mutation
from almoner.records.wire import instant_text, to_wire
from almoner.sync.messages import Page, Pull, Push
from almoner.sync.seeding import put_records

WRITERS, PUSHES, NOTES = 8, 12, 5


def _notes(writer: int, push: int) -> list[Mutation]:
    made = []
    for number in range(NOTES):
        note = Note(
            id=f"n-{writer}-{push}-{number}", case_id=f"c-{number % 3}", text="Rang.", author_id=RUTH.id,
            happened_at=START, recorded_at=START,
        )  # fmt: skip
        made.append(
            Mutation(
                client_seq=push * NOTES + number + 1,
                mutation_id=f"m-{writer}-{push}-{number}",
                made_at=instant_text(START),
                author=RUTH.id,
                schema=SCHEMA,
                kind="note",
                record=note.id,
                values={k: v for k, v in to_wire(note).items() if k != "received_at"},
            )
        )
    return made


def _ids(pages: Iterator[Page], states: dict[str, str]) -> set[str]:
    found = set()
    for page in pages:
        for part in page.parts:
            states[part.scope] = part.state
            found |= {put.id for put in part.puts if put.kind == "note"}
    return found


def test_a_reader_at_any_moment_misses_nothing_later(centre: Centre) -> None:
    """Every committed note reaches a reader that pulls all the time and never goes back; no push fails."""
    cases = [
        Case(
            id=f"c-{n}", reference=f"ASH-{n}", service="damp-and-mould", title="Mould", stage="new",
            team_id="t1" if n < 2 else "t2", opened_by=RUTH.id, aware_at=START, recorded_at=START,
        )
        for n in range(3)
    ]  # fmt: skip
    put_records(centre.engine, cases, now=START)
    failures: list[BaseException] = []
    finished = threading.Event()
    states: dict[str, str] = {}
    seen: set[str] = set()

    def write(writer: int) -> None:
        try:
            for push in range(PUSHES):
                message = Push(client_id=f"client {writer}", generation=1, mutations=_notes(writer, push))
                results = centre.peer(RUTH).push(message).results
                assert all(r.verdict == "applied" for r in results), results
        except BaseException as failure:  # noqa: BLE001 -- shown by the test itself
            failures.append(failure)

    def read() -> None:
        while not finished.is_set():
            seen.update(_ids(centre.peer(SANA).pull(Pull(client_id="reader", scopes=states)), states))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    finished.set()
    reader.join()
    seen.update(_ids(centre.peer(SANA).pull(Pull(client_id="reader", scopes=states)), states))

    assert failures == []
    wanted = {f"n-{w}-{p}-{n}" for w in range(WRITERS) for p in range(PUSHES) for n in range(NOTES)}
    assert wanted - seen == set()

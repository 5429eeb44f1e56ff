"""What fills the benchmark's server and changes it behind a laptop's back: pushes of a client at the server's side."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from almoner.outside.clock import SystemClock
from almoner.records import SCHEMA
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, instant_text
from almoner.sync.messages import MAX_PUSH, Hello, Push
from almoner.sync.serving import ServerPeer, Session
from benchmarks.sync_place import Place
from benchmarks.sync_records import NOW, batches, new_case, read_records, to_case
from benchmarks.sync_serving import engine_for

SEEDER = "laptop-0"


def seed(place: Place, records: Path) -> dict[str, Any]:
    """Push every record of a file, in order."""
    author = place.users[SEEDER]
    saves = (
        new_case(to_case(record, n, team_id=place.teams[0], officer=author), seq=n + 1, author=author)
        for n, record in enumerate(read_records(records))
    )
    began, done = time.perf_counter(), 0
    with engine_for(place.database_url) as engine:
        for batch in batches(saves, MAX_PUSH):
            done += _push(engine, author, "seeder", batch)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return {"n": done, "s": round(time.perf_counter() - began, 6)}


def touch(place: Place, count: int, tag: str) -> dict[str, Any]:
    """Change the place of that many cases, chosen by the tag, as another officer does."""
    author = place.users[SEEDER]
    with engine_for(place.database_url) as engine:
        with engine.connect() as connection:
            chosen = connection.execute(
                text("SELECT id, rev FROM cases WHERE team_id = :team ORDER BY md5(id || :tag) LIMIT :count"),
                {"team": place.teams[0], "tag": tag, "count": count},
            ).all()
        client = f"touch {tag}"[:36]
        began, first, done = time.perf_counter(), _next_number(engine, author, client), 0
        saves = [_moved(n, author, str(row.id), int(row.rev), tag, first) for n, row in enumerate(chosen)]
        for batch in batches(saves, MAX_PUSH):
            done += _push(engine, author, client, batch)
    return {"n": done, "s": round(time.perf_counter() - began, 6)}


def _moved(n: int, author: str, record: str, rev: int, tag: str, first: int) -> Mutation:
    values: dict[str, Plain] = {"place": f"{n + 1} {tag} Street, AS1 1AA"}
    return Mutation(
        client_seq=first + n,
        mutation_id=str(uuid.uuid4()),
        made_at=instant_text(NOW),
        author=author,
        schema=SCHEMA,
        kind="case",
        record=record,
        base={"place": rev},
        values=values,
    )


def _next_number(engine: Engine, author: str, client: str) -> int:
    with engine.connect() as connection:
        query = text("SELECT max(client_seq) FROM mutation WHERE client_id = :client")
        highest: int | None = connection.execute(query, {"client": client}).scalar()
    if highest is None:
        asked = Hello(client_id=client, generation=1, schema=SCHEMA)
        _peer(engine, author).hello(asked)
    return (highest or 0) + 1


def _push(engine: Engine, author: str, client: str, batch: Sequence[Mutation]) -> int:
    reply = _peer(engine, author).push(Push(client_id=client, generation=1, mutations=list(batch)))
    wrong = [r.text for r in reply.results if r.verdict != "applied"]
    assert not wrong, f"a record was not taken: {wrong[0]}"
    return len(reply.results)


def _peer(engine: Engine, author: str) -> ServerPeer:
    return ServerPeer(engine, Session(user_id=author, device_id="benchmark"), now=SystemClock().now)

"""The raw limits that the figures are held against: the same rows through each library alone, on this machine, now."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlalchemy import text

from almoner.records import Case
from almoner.records.derive import fields_of
from almoner.rules.digests import canonical, filled, record_hash
from almoner.store.connections import unlocked
from almoner.store.rows import row_of_wire
from almoner.store.tables import local_table
from almoner.sync.messages import Page, Put, frame, unpack
from benchmarks.sync_line import Line, enrolled
from benchmarks.sync_place import Place
from benchmarks.sync_serving import engine_for

BATCH = 500


def limits(place: Place, folder: Path) -> dict[str, Any]:
    """Records a second: into SQLCipher with three indexes, through msgspec, through zstd, hashed, and into PostgreSQL
    by COPY."""
    pages = list(Line(place.url, enrolled(place), "limits").pages({}))
    puts = [put for page in pages for part in page.parts for put in part.puts if put.kind == "case"]
    bodies = [frame(page)[4:] for page in pages]
    plain = [zstandard.ZstdDecompressor().decompress(body) for body in bodies]
    compressor = zstandard.ZstdCompressor(level=3)
    figures = {
        "sqlcipher_per_s": best(lambda: _sqlcipher(folder, puts), len(puts)),
        "msgspec_decode_per_s": best(lambda: [msgspec.msgpack.decode(one, type=Page) for one in plain], len(puts)),
        "zstd_decompress_per_s": best(lambda: [zstandard.ZstdDecompressor().decompress(b) for b in bodies], len(puts)),
        "zstd_compress_per_s": best(lambda: [compressor.compress(one) for one in plain], len(puts)),
        "unpack_per_s": best(lambda: [unpack(body, Page) for body in bodies], len(puts)),
        "hash_per_s": best(lambda: [record_hash(p.kind, p.id, p.rev, p.values) for p in puts], len(puts)),
        "copy_per_s": best(lambda: _copy(place), len(puts)),
    }
    return {name: round(value) for name, value in figures.items()}


def best(action: Callable[[], Any], count: int, times: int = 3) -> float:
    """How many a second at the best of a few tries; an action may say itself how many seconds it took."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        said = action()
        took.append(said if isinstance(said, float) else time.perf_counter() - began)
    return count / min(took)


def _sqlcipher(folder: Path, puts: list[Put]) -> float:
    """Seconds to insert the rows, in one transaction in batches as pages come, into a file with three indexes."""
    path = folder / "limit.db"
    columns = [c.name for c in local_table(Case).columns]
    rows = [tuple(_row(put)[name] for name in columns) for put in puts]
    raw = unlocked(path, bytes(range(32)), mode="rwc")
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=8000"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        raw.execute(f"CREATE TABLE limits ({', '.join(columns)}, PRIMARY KEY (id))")
        for name in ("reference", "team_id"):
            raw.execute(f"CREATE INDEX limits_{name} ON limits ({name})")
        statement = f"INSERT INTO limits VALUES ({', '.join('?' * len(columns))})"
        began = time.perf_counter()
        raw.execute("BEGIN IMMEDIATE")
        for start in range(0, len(rows), BATCH):
            raw.executemany(statement, rows[start : start + BATCH])
        raw.execute("COMMIT")
        return time.perf_counter() - began
    finally:
        raw.close()
        for leftover in folder.glob("limit.db*"):
            leftover.unlink()


def _row(put: Put) -> dict[str, Any]:
    known = {f.name for f in fields_of(Case)}
    wire = filled(put.kind, put.id, canonical(put.kind, put.values))
    table = local_table(Case)
    row = row_of_wire(Case, {n: v for n, v in wire.items() if n in known}, put.rev)
    return {c.name: row.get(c.name) for c in table.columns}


def _copy(place: Place) -> float:
    """Seconds to copy the server's rows of cases into a table without indexes, through this process."""
    with engine_for(place.database_url) as engine, engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        connection.execute(text("CREATE TEMPORARY TABLE copied (LIKE cases) ON COMMIT DROP"))
        with raw.cursor() as cursor:
            with cursor.copy("COPY cases TO STDOUT") as out:
                rows = [bytes(piece) for piece in out]
            began = time.perf_counter()
            with cursor.copy("COPY copied FROM STDIN") as into:
                for row in rows:
                    into.write(row)
            took = time.perf_counter() - began
        connection.rollback()
    return took

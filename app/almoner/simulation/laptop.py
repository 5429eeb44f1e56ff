"""A laptop of a world: the real client code over a real encrypted store, which can be killed, copied and put back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Dialect, Engine, event

from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.records import User
from almoner.records.mutation import Mutation
from almoner.simulation.town import START
from almoner.store.attachments import Vault
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.writing import Writing

T = TypeVar("T")
MASTER = bytes(range(32))
"""The key of every store of a world."""
_MOST_STATEMENTS = 5_000
_LEFT_BEHIND = shutil.ignore_patterns("*-shm", "store.lock")


class Killed(BaseException):
    """The laptop lost its power. Nothing in the program can catch it."""


class Statements:
    """What the SQL of a store compiles to, kept for every store of a process: most of a short world would go by with
    compiling the same statements for each store anew."""

    def __init__(self) -> None:
        self._dialect: Dialect | None = None
        self._compiled: dict[Any, Any] = {}

    def share(self, engine: Engine) -> None:
        """Let this engine use what others have compiled. All engines of stores speak the same dialect."""
        self._dialect = self._dialect or engine.dialect
        if len(self._compiled) > _MOST_STATEMENTS:
            self._compiled.clear()
        engine.dialect = self._dialect
        engine.update_execution_options(compiled_cache=self._compiled)


class Laptop:
    """One officer's laptop. `offset` is by how much its clock is wrong."""

    def __init__(
        self, folder: Path, user: User, name: str, statements: Statements, *, seed: int, offset: timedelta
    ) -> None:
        self.folder, self.user, self.name, self._statements = folder, user, name, statements
        self.clock, self.ids = PretendClock(START + offset), SeededIds(seed)
        self.statements_left = -1
        self.in_round = False
        self.saves: list[Mutation] = []
        self.store = self._open()

    @property
    def device_id(self) -> str:
        """The device the server knows it by."""
        return f"device of {self.user.id}"

    def _open(self) -> Store:
        store = Store.open(self.folder, MASTER, new_id=self.ids.new)
        for engine in store._engines:  # the only way to die between two statements
            self._statements.share(engine)
            event.listen(engine, "before_cursor_execute", self._before_statement)
            event.listen(engine, "commit", self._before_statement)
        self._reader = store.reader()
        return store

    def _before_statement(self, *_: Any) -> None:
        if self.statements_left == 0:
            self.statements_left = -1
            copy_folder(self.folder, self._after_crash)
            raise Killed
        if self.statements_left > 0:
            self.statements_left -= 1

    @property
    def _after_crash(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.crashed")

    def start_again(self) -> None:
        """After `Killed`: the disk is as it was at that moment, whatever the dying program did afterwards."""
        self.store.close()
        shutil.rmtree(self.folder)
        self._after_crash.rename(self.folder)
        self.store = self._open()

    def close(self) -> None:
        """Put the laptop away."""
        self.store.close()

    @contextmanager
    def closed(self) -> Iterator[Path]:
        """The folder while no program has it open."""
        self.store.close()
        yield self.folder
        self.store = self._open()

    # ---- the door of a round, and an officer's hands

    def write(self, action: Callable[[Writing], T]) -> T:
        """One transaction; what it queues for the server is remembered once it is safe."""
        queued: list[Mutation] = []

        def act(tx: Writing) -> T:
            result = action(tx)
            queued[:] = [line.mutation for line in tx.lines]
            return result

        result = self.store.writer().write(act, author=self.user.id, now=self.clock.now())[0]
        self.saves += queued
        return result

    def read(self, query: Callable[[Reading], T]) -> T:
        """The answer to a question."""
        return self._reader.read(query)

    def vault(self) -> Vault:
        """The files of the open store."""
        return Vault(self.store)


def copy_folder(source: Path, target: Path) -> None:
    """A copy of a store's folder as it lies on the disk now."""
    shutil.copytree(source, target, ignore=_LEFT_BEHIND)


def blank_store(folder: Path, user: User) -> None:
    """A store that was just set up, without the room it keeps on a disk."""
    store = Store.create(folder, MASTER, user_id=user.id)
    (folder / "ballast").write_bytes(b"")
    store.writer().write(
        lambda tx: tx.set_facts({"client_id": f"client of {user.id}", "store_id": f"store of {user.id}"}),
        author=user.id,
        now=START,
    )
    store.close()

"""A small pretend world for the window: a store in memory and a wiring that keeps everything in reach."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)

from almoner.desktop.commands import Commands
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.search_popup import Hit, HitGroup
from almoner.desktop.presenter import Presenter
from almoner.desktop.screen import Section, Target
from almoner.desktop.shell import Shell, ShellParts
from almoner.desktop.watch import InputWatch
from almoner.outside.resources import resources_dir
from tests.desktop.pretend_rows import PEOPLE, row_of
from tests.desktop.pretend_screens import SECTIONS


class PretendBack:
    """A reader or writer whose store is a plain dictionary."""

    def __init__(self, store: dict[str, Any]) -> None:
        self.store = store

    def read(self, fn: Callable[[Any], Any]) -> Any:
        """Run a read."""
        return fn(self.store)

    def write(self, fn: Callable[[Any], Any]) -> tuple[Any, frozenset[str]]:
        """Run a change; what it touched is what it left under `touched`."""
        value = fn(self.store)
        return value, frozenset(self.store.pop("touched", ()))

    def interrupt(self) -> None:
        """Stop a running read, if it looks at the event."""
        event = self.store.get("interrupted")
        if event is not None:
            event.set()

    def close(self) -> None:
        """Note that it was closed."""
        self.store.setdefault("closed", []).append(self)


@dataclass
class PretendBacks:
    """Opens pretend connections over one dictionary."""

    store: dict[str, Any] = field(default_factory=dict)

    def writer(self) -> PretendBack:
        """Open the writing side."""
        return PretendBack(self.store)

    def reader(self) -> PretendBack:
        """Open a reading side."""
        return PretendBack(self.store)


def raise_it(error: BaseException) -> None:
    """Let a bug fail the test instead of showing it kindly."""
    raise error


def find(words: str) -> Callable[[Any], tuple[HitGroup, ...]]:
    """Return a job that finds pretend people and cases by the beginning of a word."""

    def look(_store: Any) -> tuple[HitGroup, ...]:
        rows = [row_of(at) for at in range(len(PEOPLE))]
        fits = [row for row in rows if words.casefold() in row.title.casefold()]
        people = tuple(Hit(kind="people", id=row.id, title=row.title, second=row.cells[2].second) for row in fits)
        cases = tuple(
            Hit(
                kind="cases",
                id=row.id,
                title=row.cells[3].text,
                second=f"{row.title}, {row.reference}",
                icon="folder-open",
                tag=row.tag,
                tone=row.tone,
            )
            for row in fits
        )
        return HitGroup("Residents", people), HitGroup("Cases", cases)

    return look


@dataclass
class World:
    """A window and what it stands on."""

    theme: Theme
    doors: Doors
    commands: Commands
    watch: InputWatch
    presenter: Presenter
    shell: Shell
    locked: list[int]

    def top_parent(self) -> QWidget:
        """Return the visible ground of the window, for a test to put a widget on."""
        centre = self.shell.centralWidget()
        assert centre is not None
        return centre


@contextmanager
def theme_of(app: QApplication) -> Iterator[Theme]:
    """Dress the application and undress it again."""
    theme = Theme(app, resources_dir(), choice="light")
    yield theme
    theme.stop()


@contextmanager
def world(
    app: QApplication, sections: tuple[Section, ...] = SECTIONS, store: dict[str, Any] | None = None
) -> Iterator[World]:
    """Open the window over a pretend store and put everything away again."""
    locked: list[int] = []
    counter = itertools.count(1)
    with theme_of(app) as theme:
        presenter = Presenter()
        doors = Doors(PretendBacks(store if store is not None else {}), presenter=presenter.present, on_bug=raise_it)
        commands, watch = Commands(), InputWatch(app)
        shell = Shell(
            ShellParts(
                app=app,
                theme=theme,
                doors=doors,
                commands=commands,
                watch=watch,
                presenter=presenter,
                resources=Path(resources_dir()),
                find=find,
                council="Northmere Council",
                user="Priya Nair",
                place="Housing, front desk",
                work=None,
                lock=lambda: locked.append(next(counter)),
                new_case=Target("new"),
            ),
            sections,
        )
        made = World(theme, doors, commands, watch, presenter, shell, locked)
        try:
            yield made
        finally:
            doors.stop()
            watch.stop()
            delete(shell)


def delete(widget: QWidget) -> None:
    """Close a window and delete it now, not when the collector comes by."""
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

"""One officer at work: what reaches the window, what becomes of our own mistakes, and the end of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from almoner.casework.times import CONFIRM_TIME, check_device_clock
from almoner.demo.hand import until, words_in
from almoner.desktop.wiring import note_bug
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store.writing import Writing
from tests.desktop.laptop import Desktop, open_desktop


@pytest.fixture
def desktop(qapp: QApplication, tmp_path: Path) -> Iterator[Desktop]:
    """The program with its session open, wired to hear of bugs as in real life."""
    with open_desktop(qapp, tmp_path / "laptop", on_bug=note_bug) as made:
        made.program.start()
        made.unlock()
        yield made


def our_threads() -> list[str]:
    """Threads of ours that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("almoner")]


def fail(_tx: Any) -> None:
    """Make a mistake whose words hold what belongs in no log."""
    raise KeyError("Chidinma Okafor, 9 Hob Lane")


def refuse(_tx: Any) -> None:
    """Fail for a reason of the world."""
    raise Trouble("The disk is full.", "Free some space.")


@pytest.mark.parametrize("door", ["change", "read"])
def test_a_bug_is_told_and_logged_by_its_type_only(
    desktop: Desktop, caplog: pytest.LogCaptureFixture, door: str
) -> None:
    """The officer reads that something went wrong and that their work is safe; no word of the mistake is shown or
    logged, only its type and where in our code it was made."""
    shell = desktop.session.shell
    with caplog.at_level(logging.DEBUG):
        getattr(desktop.session.doors, door)(fail, done=lambda _value: None)
        until(shell.banner.isVisible, "the banner")

    said = words_in(shell)
    assert "Something went wrong in Almoner." in said
    assert "Your saved work is safe." in said
    assert "KeyError" in caplog.text
    assert "test_session.py" in caplog.text
    assert "Okafor" not in said + caplog.text
    assert "Hob Lane" not in said + caplog.text


def test_trouble_that_no_screen_took_stands_over_the_work(desktop: Desktop) -> None:
    """What is wrong and what to do stand in the window until they are closed."""
    desktop.session.doors.change(refuse)
    until(desktop.session.shell.banner.isVisible, "the banner")

    assert "The disk is full." in words_in(desktop.session.shell)
    assert "Free some space." in words_in(desktop.session.shell)


def test_after_a_bug_work_goes_on(desktop: Desktop) -> None:
    """A change that failed stops none that comes after it."""
    desktop.session.doors.change(fail)
    desktop.session.doors.change(lambda tx: tx.add(Person(id="emeka", full_name="Emeka Miah")))

    until(lambda: desktop.look(lambda reading: reading.find(Person, "emeka")) is not None, "the next save")


def test_the_window_says_who_works_where(desktop: Desktop) -> None:
    """Council, officer and job stand in the window; the laptop with no server says that it is offline."""
    said = words_in(desktop.session.shell)

    assert "Ashmere Borough Council" in said
    assert "Ruth Bello" in said
    until(lambda: desktop.session.shell.top.sync.accessibleName() == "Offline, 5 to send", "the pill")


def test_the_threads_are_the_doors_and_the_network(desktop: Desktop) -> None:
    """At work there are a writer, two readers and the network; when work ends there are none."""
    at_work = our_threads()
    desktop.session.end()

    assert sorted(at_work) == ["almoner-network", "almoner-reader-1", "almoner-reader-2", "almoner-writer"]
    assert our_threads() == []


def test_ending_twice_is_ending_once(desktop: Desktop) -> None:
    """The lock and the close button may come together."""
    session = desktop.session
    session.end()
    session.end()

    assert our_threads() == []


def test_a_store_is_closed_even_when_a_callback_fails(desktop: Desktop) -> None:
    """A mistake of ours in what hears of the last save does not leave the store open behind the lock."""
    session = desktop.session
    session.doors.change(lambda _tx: "saved", done=lambda value: [].index(value))
    with pytest.raises(ValueError, match="saved"):
        session.end()

    assert our_threads() == []
    assert desktop.reopened(lambda reading: reading.get(Person, "comfort").full_name) == "Comfort Adjei"


def test_the_window_hears_of_what_changed(desktop: Desktop, qtbot: QtBot) -> None:
    """A save tells which kinds of record it touched, by which screens know what to read again."""
    with qtbot.waitSignal(desktop.session.doors.touched) as told:
        desktop.session.doors.change(lambda tx: tx.add(Person(id="emeka", full_name="Emeka Miah")))

    assert "person" in told.args[0]


def test_a_clock_put_back_can_be_believed_by_command(desktop: Desktop) -> None:
    """A computer whose clock was ahead and was put right must not refuse saves until that day comes: the refusal names
    a command, and after it saves are taken."""
    desktop.clock.advance(days=300)
    assert save(desktop) is None
    desktop.clock.advance(days=-300)
    refused = save(desktop)

    desktop.session.commands.run("time.right")
    until(desktop.session.shell.toast.isVisible, "the confirmation")

    assert refused is not None
    assert CONFIRM_TIME in refused.do
    assert save(desktop) is None


def save(desktop: Desktop) -> Trouble | None:
    """Save something as casework does; the trouble it met comes back."""
    met: list[Trouble | None] = []

    def work(tx: Writing) -> None:
        check_device_clock(tx)
        tx.keep_draft("any", "words")

    desktop.session.doors.change(work, done=lambda _none: met.append(None), trouble=met.append)
    until(lambda: bool(met), "the save is answered")
    return met[0]

"""The program from start to quit: one window at a time, and nothing left open behind a lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from almoner.demo.hand import until, words_in
from almoner.desktop.look.theme import PERCENT_STEP
from almoner.desktop.unlock import EnrolForm, UnlockForm
from almoner.outside.laptop import read_laptop, write_laptop
from almoner.records import Note, Person
from almoner.store.outbox import unsent_count
from tests.desks import RUTH, SANA
from tests.desktop.laptop import PASSPHRASE, Desktop, open_desktop, set_up


@pytest.fixture
def desktop(qapp: QApplication, tmp_path: Path) -> Iterator[Desktop]:
    """The program, started on a laptop that is set up."""
    with open_desktop(qapp, tmp_path / "laptop") as made:
        made.program.start()
        yield made
        assert made.lost == []


def our_threads() -> list[str]:
    """Threads of ours that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("almoner")]


def delete_what_was_let_go() -> None:
    """Delete now what was to be deleted later."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_new_laptop_is_set_up_first(qapp: QApplication, tmp_path: Path) -> None:
    """Without an officer on it the laptop asks for server, code and passphrase; without a network it says so."""
    with open_desktop(qapp, tmp_path / "laptop", is_set_up=False) as desktop:
        desktop.program.start()
        assert desktop.program.door is not None
        form = desktop.program.door.form
        assert isinstance(form, EnrolForm)
        desktop.hand.front()
        for name, text in (
            ("Server address", "https://almoner.example"),
            ("User name", "ruth"),
            ("Password", "harbour lantern thistle nine"),
            ("One-time code", "ABCDEFGHJK"),
            ("New passphrase", PASSPHRASE),
            ("New passphrase again", PASSPHRASE),
        ):
            desktop.hand.fill(name, text)
        desktop.hand.press("Return")
        until(lambda: bool(form.wrongs), "the form says what is wrong")

        assert form.wrongs == {"": "The server cannot be reached. Check the network."}
        assert desktop.program.session is None
        assert read_laptop(desktop.places.home).last() is None


def test_a_wrong_passphrase_opens_nothing_and_says_what_to_check(desktop: Desktop) -> None:
    """It says so in words, the window stays, and the next try with the right one goes through."""
    door = desktop.program.door
    assert door is not None
    assert isinstance(door.form, UnlockForm)
    assert "Ruth Bello" in words_in(door)
    form = door.form

    desktop.type_passphrase("quiet orchard copper eight")
    until(lambda: bool(form.wrong), "the form says what is wrong")

    assert form.wrong == "The passphrase is not right. Try again. Check Caps Lock and the keyboard's language."
    assert desktop.program.session is None
    desktop.unlock()
    assert desktop.program.door is None
    assert desktop.session.shell.isVisible()


def test_many_wrong_passphrases_must_wait(desktop: Desktop) -> None:
    """After five the window counts down, and even the right one is not tried before the wait is over."""
    assert desktop.program.door is not None
    form = desktop.program.door.form
    assert isinstance(form, UnlockForm)
    for _ in range(5):
        desktop.type_passphrase("wrong wrong wrong")
        until(lambda: bool(form.wrong) and not form.message.startswith("Unlocking"), "the try is over")
    told = form.message
    desktop.type_passphrase(PASSPHRASE)
    tried = form.message
    desktop.clock.advance(seconds=31)
    until(form.button.isEnabled, "the wait is over")
    desktop.unlock()

    assert told == "You can try again in 30 seconds."
    assert tried == told


def test_locking_closes_the_store_and_drops_everything(desktop: Desktop, qapp: QApplication) -> None:
    """Behind the lock there is no window with work in it, no thread, no open store, nothing in the clipboard."""
    desktop.unlock()
    session, shell = desktop.session, desktop.session.shell
    qapp.clipboard().setText("07700 900123")
    desktop.hand.front()
    desktop.hand.press("Ctrl+L")
    until(lambda: desktop.program.door is not None, "the lock")
    delete_what_was_let_go()

    assert desktop.program.session is None
    assert not Shiboken.isValid(shell)
    assert not Shiboken.isValid(session)
    assert our_threads() == []
    assert qapp.clipboard().text() == ""
    assert "Comfort" not in words_in(desktop.hand.window)
    assert [window for window in qapp.topLevelWidgets() if window.isVisible()] == [desktop.program.door]
    assert desktop.reopened(lambda reading: reading.get(Person, "comfort").full_name) == "Comfort Adjei"


def test_locking_takes_away_a_form_that_is_open(desktop: Desktop, qapp: QApplication) -> None:
    """A window over the window does not stay behind, in front of the lock or under it."""
    desktop.unlock()
    desktop.hand.front()
    desktop.hand.press("F1")
    until(lambda: qapp.activeModalWidget() is not None, "the sheet of keys")
    desktop.program.lock()
    desktop.unlock()

    assert qapp.activeModalWidget() is None
    assert [window for window in qapp.topLevelWidgets() if window.isVisible()] == [desktop.session.shell]


def test_unlocked_again_everything_is_there(desktop: Desktop) -> None:
    """A lock loses nothing: saved work is there, and what waits to be sent still waits."""
    desktop.unlock()
    desktop.session.doors.change(lambda tx: tx.add(Person(id="emeka", full_name="Emeka Miah")))
    until(lambda: desktop.look(lambda reading: reading.find(Person, "emeka")) is not None, "saved")
    before = desktop.look(unsent_count)
    desktop.program.lock()
    desktop.unlock()

    assert {person.full_name for person in desktop.look(lambda reading: reading.all_of(Person))} == {
        "Comfort Adjei",
        "Emeka Miah",
    }
    assert desktop.look(unsent_count) == before
    until(lambda: desktop.session.shell.top.sync.accessibleName() == f"Offline, {before} to send", "the pill counts")


def test_half_typed_words_survive_the_lock(desktop: Desktop) -> None:
    """What was typed a moment before the lock is brought back afterwards."""
    desktop.unlock()
    desktop.hand.front()
    desktop.hand.press("Ctrl+N")
    desktop.hand.fill("What were you told?", "Water comes through the ceiling")
    desktop.hand.press("Ctrl+L")
    desktop.unlock()
    desktop.hand.front()
    desktop.hand.press("Ctrl+N")

    until(lambda: "Water comes through the ceiling" in words_in(desktop.hand.window), "the words are back")


def test_quitting_finishes_queued_saves(desktop: Desktop) -> None:
    """Saves that were asked for before quitting are in the store afterwards, every one."""
    desktop.unlock()
    for number in range(60):
        person = Person(id=f"p{number}", full_name=f"Person {number}")
        desktop.session.doors.change(lambda tx, person=person: tx.add(person), in_background=number % 2 == 0)
    desktop.program.quit()

    assert our_threads() == []
    assert desktop.reopened(lambda reading: len(reading.all_of(Person))) == 61


def test_closing_the_window_quits(desktop: Desktop, qapp: QApplication) -> None:
    """The window's own close button ends everything in order, as does the one of the lock."""
    desktop.unlock()
    desktop.session.shell.close()

    assert desktop.program.session is None
    assert our_threads() == []
    assert [window for window in qapp.topLevelWidgets() if window.isVisible()] == []


def test_closing_the_lock_quits(desktop: Desktop) -> None:
    """Nothing runs on behind a lock that was closed."""
    assert desktop.program.door is not None
    desktop.program.door.close()

    assert desktop.program.door is None
    assert our_threads() == []


def test_left_alone_it_locks(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """Nobody at the keyboard for the time set: it locks by itself."""
    with open_desktop(qapp, tmp_path / "laptop", idle_minutes=1 / 600) as desktop:
        desktop.program.start()
        with qtbot.waitSignal(desktop.program.working):
            desktop.type_passphrase(PASSPHRASE)
        until(lambda: desktop.program.session is None, "it has locked")

        assert isinstance(desktop.program.door and desktop.program.door.form, UnlockForm)


def test_whoever_worked_last_is_asked_first(desktop: Desktop) -> None:
    """A laptop with two officers offers the one who worked on it last."""
    desktop.unlock()
    laptop = read_laptop(desktop.places.home)

    assert laptop.last_user_id == "00000000-0000-7000-8000-000000000021"
    assert desktop.look(lambda reading: reading.all_of(Note)) == ()


def test_two_officers_share_a_desk(desktop: Desktop) -> None:
    """Each unlocks their own store with their own passphrase; whoever worked last is asked for first."""
    home = desktop.places.home
    sana = msgspec.structs.replace(
        set_up(home, desktop.places.keyring(), SANA.id), username=SANA.username, full_name=SANA.full_name
    )
    write_laptop(home, read_laptop(home).with_enrolment(sana))
    desktop.program.start()
    door = desktop.program.door
    assert door is not None
    asked_first = words_in(door)

    desktop.hand.front()
    desktop.hand.to("Unlock for Ruth Bello")
    desktop.hand.press("Space")
    desktop.unlock()
    at_work = desktop.session.desk.me
    desktop.program.lock()
    door = desktop.program.door
    assert door is not None
    asked_then = words_in(door)

    assert "Unlock Almoner, Sana Iqbal" in asked_first
    assert at_work == RUTH
    assert "Unlock Almoner, Ruth Bello" in asked_then
    desktop.hand.front()
    desktop.hand.to("Set up for another officer")
    desktop.hand.press("Space")
    assert desktop.program.door is not None
    assert isinstance(desktop.program.door.form, EnrolForm)
    assert "Unlock for Sana Iqbal" in words_in(desktop.program.door)


def test_colours_and_text_size_are_remembered(desktop: Desktop) -> None:
    """What was chosen in the window is there again at the next start."""
    desktop.unlock()
    for shortcut in ("Ctrl+Shift+L", "Ctrl++"):
        command = desktop.session.commands.by_shortcut(shortcut)
        assert command is not None
        command.run()
    desktop.program.lock()

    kept = read_laptop(desktop.places.home)

    assert (kept.theme, kept.text_percent) == ("dark", 100 + PERCENT_STEP)
    assert kept.last() == desktop.enrolment

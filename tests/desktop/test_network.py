"""The network's thread with a real server: what the pill is told, signing in again, files, and its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from sqlalchemy import Engine, func, select

from almoner.casework.cases import log_case
from almoner.casework.files import attach_file
from almoner.demo.ground import PASSWORD
from almoner.demo.hand import until
from almoner.demo.laptops import Laptop
from almoner.desktop.top_bar import SyncState
from almoner.outside.http_peer import HttpPeer
from almoner.records import Attachment, Person
from almoner.store.attachments import files_to_send, files_wanted
from almoner.store.central import central_table
from almoner.store.outbox import unsent_count
from almoner.sync.messages import Hello, HelloReply
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.watchdog import Watchdog
from tests.desks import RUTH, SANA
from tests.stories import steps
from tests.stories.town import COMFORT, Town, open_town

NEW_PASSWORD = "lantern thistle nine harbour"


@pytest.fixture
def town(qapp: QApplication, council: Engine, postgres_url: str, tmp_path: Path) -> Iterator[Town]:
    """A council with its service running."""
    with open_town(qapp, council, postgres_url, tmp_path) as made:
        yield made


def heard(laptop: Laptop) -> list[str]:
    """What the pill is told from now on, each state once."""
    words: list[str] = []

    def hear(state: SyncState) -> None:
        if not words or words[-1] != state.words:
            words.append(state.words)

    laptop.session.network.changed.connect(hear)
    return words


def add_people(laptop: Laptop, count: int) -> None:
    """Save some residents."""
    before = laptop.look(unsent_count)
    for number in range(before, before + count):
        person = Person(id=f"new-{number}", full_name=f"Person {number}")
        laptop.session.doors.change(lambda tx, person=person: tx.add(person))
    until(lambda: laptop.look(unsent_count) == before + count, "saved")


def at_the_office(town: Town) -> int:
    """How many residents PostgreSQL has beyond those it began with."""
    people = central_table(Person)
    with town.engine.connect() as connection:
        return int(
            connection.execute(select(func.count()).select_from(people).where(people.c.id.like("new-%"))).scalar_one()
        )


def test_offline_then_sending_then_all_sent(town: Town) -> None:
    """The pill counts what waits, says that it is being sent, and says all sent only when nothing waits."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)
    words = heard(ruth)
    add_people(ruth, 3)
    steps.wait_for_pill(ruth, "Offline, 3 to send")
    ruth.line.restore()
    steps.sync(ruth)

    assert "Offline, 3 to send" in words
    assert "Sending 3…" in words[words.index("Offline, 3 to send") :]
    assert words[-1] == "All sent"
    assert at_the_office(town) == 3
    assert ruth.session.network.trouble() == ""


def test_offline_says_why_and_when_it_tries_next(town: Town) -> None:
    """The officer is told what does not work and that it is tried again, never left to guess."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)
    network = ruth.session.network

    until(lambda: network.trouble() != "", "it says what does not work")
    assert network.next_try() != ""
    assert not network.needs_sign_in()


def test_new_work_is_sent_without_being_asked(town: Town) -> None:
    """A save wakes the network; nobody presses a button."""
    ruth = town.laptop(RUTH)
    steps.wait_for_pill(ruth, "All sent")
    add_people(ruth, 1)
    town.clock.advance(seconds=5)

    until(lambda: at_the_office(town) == 1, "it is at the office")
    steps.wait_for_pill(ruth, "All sent")


def test_signed_out_it_asks_for_the_password_and_loses_nothing(town: Town) -> None:
    """When the office wants to know again who this is, the window asks; the wrong password is told; with the right
    one what waited is sent."""
    ruth = town.laptop(RUTH)
    steps.wait_for_pill(ruth, "All sent")
    town.staff.set_password(RUTH.username, NEW_PASSWORD)
    town.clock.advance(minutes=15)
    add_people(ruth, 2)
    until(ruth.session.network.needs_sign_in, "it asks for the password")
    ruth.hand.front()
    ruth.hand.press("Ctrl+6")
    steps.wait_for(ruth, "nothing travels until you sign in again")
    hand = ruth.hand
    hand.fill("Password", PASSWORD)
    hand.press("Return")
    steps.wait_for(ruth, "The user name or the password is wrong.")
    still_waiting = ruth.look(unsent_count)
    hand.fill("Password", NEW_PASSWORD)
    hand.press("Return")

    steps.wait_for_pill(ruth, "All sent")
    assert still_waiting == 2
    assert at_the_office(town) == 2
    assert not ruth.session.network.needs_sign_in()


def test_files_travel_after_their_records(town: Town) -> None:
    """A photo put on a case on one laptop is whole on a colleague's."""
    ruth, content = town.laptop(RUTH), b"%PDF-1.4\n" + bytes(range(256)) * 2_000
    photo = attach(ruth, content)
    steps.sync(ruth)
    until(lambda: ruth.look(lambda reading: files_to_send(reading, 1)) == (), "the file is at the office")
    sana = town.laptop(SANA)
    steps.sync(sana)
    until(lambda: sana.look(lambda reading: files_wanted(reading, 1)) == (), "the file is on the other laptop")
    sent = sana.look(lambda reading: reading.get(Attachment, photo.id))

    assert sana.session.desk.files.read(sent.sha256) == content


def attach(laptop: Laptop, content: bytes) -> Attachment:
    """Log a case and put a file on it."""
    desk, kept = laptop.session.desk, list[Attachment]()

    def work(tx: Any) -> Attachment:
        case = log_case(
            tx, desk, service="damp-and-mould", case_kind="routine", title="Damp", subject_id=COMFORT.id
        ).case  # fmt: skip
        return attach_file(tx, desk, case.id, name="report.pdf", content=content)

    laptop.session.doors.change(work, done=kept.append)
    until(lambda: bool(kept), "the file is on the case")
    return kept[0]


def test_the_thread_ends_in_the_middle_of_things(town: Town) -> None:
    """Asked to stop while rounds run and saves come, it ends, and what was not sent is still there."""
    ruth = town.laptop(RUTH)
    for number in range(40):
        person = Person(id=f"new-{number}", full_name=f"Person {number}")
        ruth.session.doors.change(lambda tx, person=person: tx.add(person))
    ruth.session.network.sync_now()
    ruth.program.quit()

    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("almoner-n")] == []


def test_news_is_hinted_and_fetched_soon(town: Town) -> None:
    """A colleague's save brings the next round of this laptop forward to seconds; nobody waits for the usual minute."""
    ruth, sana = town.laptop(RUTH), town.laptop(SANA)
    for laptop in (ruth, sana):
        steps.wait_for_pill(laptop, "All sent")
    agent, now = sana.session.network.agent, town.clock.now()
    listens = [thread for thread in threading.enumerate() if thread.name == "almoner-hints"]
    usual = agent.state.next_at
    add_people(ruth, 1)
    ruth.session.network.sync_now()
    until(lambda: at_the_office(town) == 1, "it is at the office")
    until(lambda: (agent.state.next_at or usual) - now < timedelta(seconds=15), "the next round comes soon")
    town.clock.advance(seconds=30)
    until(lambda: sana.look(lambda reading: reading.find(Person, "new-0")) is not None, "it is on the other laptop")

    assert len(listens) == 2
    assert usual is not None
    assert usual - now > timedelta(seconds=15)


def test_a_round_that_gets_nowhere_is_broken_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing more does not hold the laptop: the line is cut, the window says so, and the next try
    goes through."""
    ruth = town.laptop(RUTH)
    steps.wait_for_pill(ruth, "All sent")
    network, cut, stuck = ruth.session.network, threading.Event(), threading.Event()

    def silent(_peer: HttpPeer, _message: Hello) -> HelloReply:
        stuck.set()
        cut.wait(60)
        raise PeerTrouble(PeerKind.OFFLINE, "The answer of the server was cut short.", "Later.")

    with monkeypatch.context() as patched:
        patched.setattr(HttpPeer, "hello", silent)
        patched.setattr(HttpPeer, "break_off", lambda _peer: cut.set())
        patched.setattr(Watchdog, "is_stuck", property(lambda _dog: stuck.is_set()))
        network.sync_now()
        until(stuck.is_set, "the round is stuck")
        network.look_after()
        until(lambda: "broken off" in network.trouble(), "the window says so")
        again = network.next_try()
    network.sync_now()
    steps.wait_for_pill(ruth, "All sent")

    assert again != ""

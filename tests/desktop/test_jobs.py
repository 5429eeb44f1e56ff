"""The two doors: order, interruption, what was touched, and a clean end."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.jobs import Aside, Doors
from almoner.records.trouble import Trouble
from tests.desktop.pretend import PretendBack, PretendBacks, delete, raise_it


@pytest.fixture
def store() -> dict[str, Any]:
    """What the pretend connections work on."""
    return {}


@pytest.fixture
def troubles() -> list[Trouble]:
    """What the presenter was given."""
    return []


@pytest.fixture
def doors(qtbot: QtBot, store: dict[str, Any], troubles: list[Trouble]) -> Iterator[Doors]:
    """Doors over a dictionary."""
    made = Doors(PretendBacks(store), presenter=troubles.append, on_bug=raise_it)
    yield made
    made.stop()


def wait_for(event: threading.Event) -> None:
    """Wait on a worker thread, but not for ever."""
    assert event.wait(10), "nobody came"


def test_changes_happen_in_order(doors: Doors, store: dict[str, Any], qtbot: QtBot) -> None:
    """A user's changes are written in the order they were asked for, by one thread."""
    done: list[int] = []

    def write(number: int) -> Callable[[Any], int]:
        return lambda held: held.setdefault("order", []).append((number, threading.current_thread().name)) or number

    for number in range(50):
        doors.change(write(number), done=done.append)
    qtbot.waitUntil(lambda: len(done) == 50)

    assert done == list(range(50))
    assert store["order"] == [(number, "almoner-writer") for number in range(50)]


def test_a_save_goes_before_background_work(doors: Doors, store: dict[str, Any], qtbot: QtBot) -> None:
    """A user's save does not wait behind the bulk changes that were asked for before it."""
    gate, begun = threading.Event(), threading.Event()
    order: list[str] = []

    def first(_held: Any) -> str:
        begun.set()
        wait_for(gate)
        return "first"

    doors.change(first, done=order.append, in_background=True)
    wait_for(begun)
    for number in range(3):
        doors.change(lambda _held, number=number: f"bulk {number}", done=order.append, in_background=True)
    doors.change(lambda _held: "save", done=order.append)
    gate.set()
    qtbot.waitUntil(lambda: len(order) == 5)

    assert order == ["first", "save", "bulk 0", "bulk 1", "bulk 2"]


def test_bulk_steps_let_saves_in_between(doors: Doors, qtbot: QtBot) -> None:
    """A bulk change is done step by step, the next asked for only when the last is saved."""
    order: list[str] = []

    def step_done(value: str) -> None:
        order.append(value)
        if value == "step 1":
            doors.change(lambda _held: "save", done=order.append)

    steps = iter([lambda _held, number=number: f"step {number}" for number in range(4)])
    doors.change_in_steps(steps, step_done=step_done, done=lambda: order.append("end"))
    qtbot.waitUntil(lambda: "end" in order)

    assert order == ["step 0", "step 1", "save", "step 2", "step 3", "end"]


def test_touched_kinds_are_told(doors: Doors, qtbot: QtBot) -> None:
    """A change says which kinds of record it touched, and so do the doors."""
    with qtbot.waitSignal(doors.touched) as told:
        doors.change(lambda held: held.update(touched=("case", "note")))

    assert told.args == [frozenset({"case", "note"})]


def test_background_touches_are_gathered(doors: Doors, qtbot: QtBot) -> None:
    """A thousand background changes are told to the screens a few times, not a thousand."""
    told: list[frozenset[str]] = []
    done: list[object] = []
    doors.touched.connect(told.append)

    for _ in range(1_000):
        doors.change(lambda held: held.update(touched=("case",)), done=done.append, in_background=True)
    qtbot.waitUntil(lambda: len(done) == 1_000)
    qtbot.waitUntil(lambda: bool(told))

    assert 1 <= len(told) <= 20
    assert set(told) == {frozenset({"case"})}


def test_a_newer_read_drops_the_older(doors: Doors, store: dict[str, Any], qtbot: QtBot) -> None:
    """Of reads with one key only the newest is answered; the running one is interrupted, the waiting one dropped."""
    store["interrupted"] = threading.Event()
    begun = threading.Event()
    answers: list[str] = []

    def slow(held: Any) -> str:
        begun.set()
        wait_for(held["interrupted"])
        raise RuntimeError("interrupted")

    doors.read(slow, done=answers.append, key="search")
    wait_for(begun)
    doors.read(lambda _held: "second", done=answers.append, key="search")
    doors.read(lambda _held: "third", done=answers.append, key="search")
    qtbot.waitUntil(lambda: bool(answers))
    doors.stop()

    assert store["interrupted"].is_set()
    assert answers == ["third"]


def test_reads_with_other_keys_are_left_alone(doors: Doors, qtbot: QtBot) -> None:
    """A newer read drops only reads with its own key."""
    answers: list[int] = []

    for number in range(20):
        doors.read(lambda _held, number=number: number, done=answers.append, key=("page", number))
    qtbot.waitUntil(lambda: len(answers) == 20)

    assert sorted(answers) == list(range(20))


def test_results_arrive_on_the_ui_thread(doors: Doors, qtbot: QtBot) -> None:
    """Work is done off the UI thread, its result handed over on it."""
    places: list[tuple[str, str]] = []

    doors.read(
        lambda _held: threading.current_thread().name,
        done=lambda name: places.append((name, threading.current_thread().name)),
    )
    qtbot.waitUntil(lambda: bool(places))

    worked, heard = places[0]
    assert worked.startswith("almoner-reader")
    assert heard == "MainThread"


def test_trouble_goes_to_the_one_who_asked(doors: Doors, qtbot: QtBot, troubles: list[Trouble]) -> None:
    """Trouble is shown where the question was asked; the presenter hears only what nobody took."""
    heard: list[Trouble] = []

    def fail(_held: Any) -> None:
        raise Trouble("The disk is full.", "Free some space.")

    doors.change(fail, trouble=heard.append)
    doors.change(fail)
    qtbot.waitUntil(lambda: bool(heard) and bool(troubles))

    assert [trouble.what for trouble in heard + troubles] == ["The disk is full."] * 2


def test_our_own_mistake_is_said_without_its_words(
    qtbot: QtBot, troubles: list[Trouble], caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is logged by its type only and shown as a plain sentence: its words may hold personal details."""
    doors = Doors(PretendBacks(), presenter=troubles.append)

    doors.read(lambda _held: {}["Chidinma Okafor"], done=lambda _value: None)
    qtbot.waitUntil(lambda: bool(troubles))
    doors.stop()

    assert "safe" in troubles[0].do
    assert "KeyError" in caplog.text
    assert "Okafor" not in caplog.text + str(troubles[0])


def test_one_failing_change_does_not_stop_the_next(doors: Doors, qtbot: QtBot, troubles: list[Trouble]) -> None:
    """The writer goes on after a change that failed, and counts both as over."""
    counts: list[int] = []
    done: list[str] = []
    doors.saving.connect(counts.append)

    def fail(_held: Any) -> None:
        raise Trouble("No.", "Do not.")

    doors.change(fail)
    doors.change(lambda _held: "saved", done=done.append)
    qtbot.waitUntil(lambda: bool(done))

    assert len(troubles) == 1
    assert counts[-1] == 0
    assert max(counts) == 2


def test_stop_finishes_what_was_asked_for(store: dict[str, Any], qtbot: QtBot) -> None:
    """Closing loses no change: all that were asked for are written and heard of before `stop` returns."""
    doors = Doors(PretendBacks(store), presenter=raise_it, on_bug=raise_it)
    done: list[int] = []
    for number in range(200):
        doors.change(lambda _held, number=number: number, done=done.append, in_background=number % 2 == 0)

    doors.stop()

    assert sorted(done) == list(range(200))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("almoner")] == []
    assert len(store["closed"]) >= 1


def test_stop_interrupts_reads(store: dict[str, Any], qtbot: QtBot) -> None:
    """A long read does not hold up closing."""
    store["interrupted"], begun = threading.Event(), threading.Event()
    answers: list[object] = []
    doors = Doors(PretendBacks(store), presenter=raise_it, on_bug=raise_it)

    def slow(held: Any) -> None:
        begun.set()
        wait_for(held["interrupted"])

    doors.read(slow, done=answers.append)
    wait_for(begun)
    doors.stop()

    assert answers == []


def test_a_deleted_asker_is_not_called(doors: Doors, qtbot: QtBot) -> None:
    """A result for a widget that is gone is dropped; the change itself is kept."""

    class Asker(QWidget):
        heard: list[str] = []

        def hear(self, value: str) -> None:
            self.heard.append(value)

    gate = threading.Event()
    asker, over = Asker(), []
    doors.read(lambda _held: (wait_for(gate), "late")[1], done=asker.hear)
    delete(asker)
    gate.set()
    doors.change(lambda _held: "over", done=over.append)
    qtbot.waitUntil(lambda: bool(over))
    doors.stop()

    assert Asker.heard == []


def test_connections_belong_to_their_threads(qtbot: QtBot) -> None:
    """Each connection is opened, used and closed on one thread."""
    seen: list[tuple[str, int]] = []

    class Back(PretendBack):
        def __init__(self) -> None:
            super().__init__({})
            seen.append(("opened", threading.get_ident()))

        def write(self, fn: Callable[[Any], Any]) -> tuple[Any, frozenset[str]]:
            seen.append(("used", threading.get_ident()))
            return super().write(fn)

        def close(self) -> None:
            seen.append(("closed", threading.get_ident()))

    class Backs(PretendBacks):
        def writer(self) -> PretendBack:
            return Back()

    doors = Doors(Backs(), presenter=raise_it, on_bug=raise_it)
    doors.change(lambda _held: None)
    doors.stop()

    assert [what for what, _ in seen] == ["opened", "used", "closed"]
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1] != threading.get_ident()


def test_aside_runs_one_thing_off_the_ui_thread(qtbot: QtBot) -> None:
    """Before there is a store, one slow thing at a time runs on a thread of its own."""
    aside, heard = Aside(), []
    holder = QObject()

    aside.run(lambda: threading.current_thread().name, done=heard.append, trouble=raise_it, owner=holder)
    busy = aside.is_busy
    qtbot.waitUntil(lambda: bool(heard))
    aside.stop()

    assert busy
    assert not aside.is_busy
    assert heard == ["almoner-aside"]


def test_stop_finishes_what_follows_from_a_save(store: dict[str, Any], qtbot: QtBot) -> None:
    """A save heard of only while closing may still lead to a change, which is written, and to a read, which is not."""
    doors = Doors(PretendBacks(store), presenter=raise_it, on_bug=raise_it)
    written: list[str] = []

    def saved(_value: object) -> None:
        doors.read(lambda _held: written.append("read"), done=raise_it)
        doors.change(lambda _held: written.append("draft forgotten"), in_background=True)

    doors.change(lambda _held: written.append("note"), done=saved)
    doors.stop()

    assert written == ["note", "draft forgotten"]


def test_a_callback_that_fails_leaves_no_thread(store: dict[str, Any], qtbot: QtBot) -> None:
    """A mistake of ours in what hears of a save is raised, and still the threads end and connections are closed."""
    doors = Doors(PretendBacks(store), presenter=raise_it, on_bug=raise_it)

    doors.change(lambda _held: "saved", done=lambda value: [].index(value))
    with pytest.raises(ValueError, match="saved"):
        doors.stop()

    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("almoner")] == []

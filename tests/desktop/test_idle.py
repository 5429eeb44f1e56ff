"""The window locks itself when nobody is there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.idle import IdleWatch
from almoner.desktop.watch import InputWatch
from tests.desktop.pretend import delete


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_locks_once_after_the_time(qapp: QApplication, qtbot: QtBot) -> None:
    """After ten minutes without a key or click the watch says so, once; not a second before."""
    watch, clock, told = InputWatch(qapp), Clock(), []
    idle = IdleWatch(watch, minutes=10, clock=clock)
    idle.idle.connect(lambda: told.append(clock.now))
    idle.start()

    for clock.now in (300.0, 599.0, 600.0):
        idle.look()
    idle.stop()
    watch.stop()

    assert told == [600.0]


def test_a_key_starts_the_time_anew(qapp: QApplication, qtbot: QtBot) -> None:
    """Typing anywhere in the program counts as being there."""
    watch, clock, told = InputWatch(qapp), Clock(), []
    idle, somewhere = IdleWatch(watch, minutes=10, clock=clock), QWidget()
    idle.idle.connect(lambda: told.append(clock.now))
    idle.start()

    clock.now = 590.0
    qtbot.keyClick(somewhere, Qt.Key.Key_A)
    for clock.now in (1_180.0, 1_190.0):
        idle.look()
    idle.stop()
    watch.stop()
    delete(somewhere)

    assert told == [1_190.0]

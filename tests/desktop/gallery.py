"""Draws the window in every theme into PNG files for the eye: `python -m tests.desktop.gallery DIR`."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from almoner.desktop.help_sheet import HelpSheet
from almoner.desktop.jobs import Aside
from almoner.desktop.look.theme import Choice
from almoner.desktop.screen import Target
from almoner.desktop.top_bar import SyncState
from almoner.desktop.unlock import EnrolForm, UnlockForm, UnlockWindow
from almoner.outside.resources import resources_dir
from tests.desktop.pretend import World, delete, world
from tests.desktop.pretend_screens import PretendCases

_VIEWS: tuple[tuple[str, Choice, int, tuple[int, int]], ...] = (
    ("light", "light", 100, (1440, 900)),
    ("dark", "dark", 100, (1440, 900)),
    ("hc", "contrast", 100, (1440, 900)),
    ("200", "light", 200, (1600, 1000)),
    ("narrow", "light", 100, (700, 900)),
    ("rail", "dark", 100, (950, 800)),
)


def _settle(milliseconds: int) -> None:
    """Let the window work for a while; QTest.qWait would keep Python's lock and starve the reader threads."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _draw(app: QApplication, made: World, out: Path) -> None:
    """Draw each view of the pretend window."""
    shell = made.shell
    shell.show_sync(SyncState(waiting=3, last_synced="8:55am"))
    shell.navigation.set_badge("letters", 3)
    shell.navigation.set_badge("sync", 12)
    shell.show()
    for name, choice, percent, size in _VIEWS:
        made.theme.choose(choice)
        made.theme.resize_text(percent)
        shell.resize(*size)
        shell.go(Target("cases"))
        screen = shell.screen_open
        assert isinstance(screen, PretendCases)
        _settle(200)
        screen.list.setCurrentIndex(screen.model.index(7, 0))
        _settle(100)
        shell.grab().save(str(out / f"case-{name}.png"))
        shell.go(Target("people"))
        _settle(150)
        shell.grab().save(str(out / f"list-{name}.png"))


def _draw_unlock(made: World, out: Path) -> None:
    """Draw the windows before the window."""
    aside = Aside()
    for name, percent in (("unlock", 100), ("unlock-200", 200)):
        made.theme.resize_text(percent)
        form = UnlockForm(made.theme, aside, unlock=str, wait_seconds=lambda: 65.0)
        words = "Your work is kept encrypted on this laptop. It was last sent to the office today at 8:55am."
        window = UnlockWindow(made.theme, form, title="Unlock Almoner", words=words, resources=resources_dir())
        window.show()
        _settle(50)
        window.grab().save(str(out / f"{name}.png"))
        delete(window)
    made.theme.resize_text(100)
    enrol = EnrolForm(made.theme, aside, enrol=str)
    enrol.button.click()
    window = UnlockWindow(made.theme, enrol, title="Set up this laptop", words="Once only.", resources=resources_dir())
    window.show()
    _settle(50)
    window.grab().save(str(out / "enrol.png"))
    delete(window)
    made.commands.run("help")
    _settle(50)
    sheet = made.shell.findChild(HelpSheet)
    assert sheet is not None
    sheet.grab().save(str(out / "help.png"))
    sheet.close()


def main(out: Path) -> None:
    """Draw everything into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with world(app) as made:
        _draw(app, made, out)
        made.theme.choose("light")
        made.theme.resize_text(100)
        made.shell.resize(1440, 900)
        made.shell.go(Target("cases"))
        made.shell.activateWindow()
        made.shell.search.setFocus()
        QTest.keyClicks(made.shell.search, "oka")
        _settle(300)
        made.shell.toast.say("Note deleted", lambda: None)
        made.shell.grab().save(str(out / "search.png"))
        made.shell.search.leave()
        _draw_unlock(made, out)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/desktop"))

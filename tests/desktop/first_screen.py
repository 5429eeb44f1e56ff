"""Run as a program of its own by a test: unlock the laptop in a folder, show the first screen, say what was loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from almoner.desktop.printing import PretendPaperwork
from almoner.desktop.program import Program
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.unlock import UnlockForm
from almoner.desktop.wiring import start_qt
from almoner.outside.ids import SystemIds
from almoner.outside.places import Line, Places
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.store.keys import Cost
from almoner.sync.peer import PeerKind, PeerTrouble


def no_line(_address: str, _username: str) -> Line:
    """The network is not there yet: what it loads comes after the first screen."""
    raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")


def main(home: Path, passphrase: str) -> None:
    """Unlock, wait until the first screen is shown and has read, print the names of what was loaded by then."""
    app = start_qt(["almoner"])
    from PySide6.QtCore import QTimer

    from almoner.desktop.look.theme import Theme
    from almoner.desktop.watch import InputWatch
    from almoner.outside.clock import SystemClock

    places = Places(
        home=home,
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: None,
        clock=SystemClock(),
        ids=SystemIds(),
        connect=no_line,
        cost=Cost(memory_kib=64, passes=1, lanes=1),
    )
    around = Surroundings(
        app=app,
        theme=Theme(app, places.resources),
        watch=InputWatch(app),
        paperwork=lambda: PretendPaperwork(home),
        chance=lambda: 0.5,
    )
    program = Program(around, places)
    program.start()
    assert program.door is not None
    form = program.door.form
    assert isinstance(form, UnlockForm)
    form.passphrase.line.setText(passphrase)
    loaded: list[str] = []

    def shown() -> None:
        """The window is up and its first read was answered."""
        assert program.session is not None
        assert program.session.shell.isVisible()
        loaded.extend(sys.modules)
        program.quit()

    def working() -> None:
        """Wait for the first screen's read: the doors answer in order of asking."""
        assert program.session is not None
        program.session.doors.read(lambda _reading: None, done=lambda _nothing: QTimer.singleShot(200, shown))

    program.working.connect(working)
    QTimer.singleShot(0, form.button.click)
    app.exec()
    print(json.dumps(sorted(loaded)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

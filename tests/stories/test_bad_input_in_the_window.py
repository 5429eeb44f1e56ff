"""Bad input through the window: what the program says when it cannot begin, and what it keeps."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from tests.desktop.laptop import PASSPHRASE, Desktop, open_desktop

from almoner.casework.notes import add_note
from almoner.casework.residents import add_person
from almoner.demo.hand import until
from almoner.desktop.unlock import UnlockForm
from almoner.outside.resources import resources_dir
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store.opening import database_path
from almoner.store.outbox import unsent_count

YEAR_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def _form(desktop: Desktop) -> UnlockForm:
    assert desktop.program.door is not None
    form = desktop.program.door.form
    assert isinstance(form, UnlockForm)
    return form


def _told(desktop: Desktop) -> str:
    """Type the right passphrase, and read why work does not begin."""
    desktop.type_passphrase(PASSPHRASE)
    until(lambda: desktop.program.door is not None and bool(_form(desktop).wrong), "the form says why not")
    return _form(desktop).wrong


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('to = "concluded"', 'to = "concludid"', "concludid"),
        ('to = "triaged"', 'to = "closed"', "cannot be reached"),
        ("[[stage]]", "[[stages]]", "stage"),
    ],
)
def test_a_spoilt_service_line_is_named_and_work_begins_once_it_is_mended(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, says: str
) -> None:
    """File, line and remedy stand in the window for unlocking; the store is closed meanwhile and loses nothing."""
    copied = shutil.copytree(resources_dir(), tmp_path / "resources")
    file = copied / "services" / "damp-and-mould.toml"
    good = file.read_text(encoding="utf-8")
    monkeypatch.setattr("tests.desktop.laptop.resources_dir", lambda: copied)
    with open_desktop(qapp, tmp_path / "laptop") as desktop:
        file.write_text(good.replace(old, new), encoding="utf-8")
        desktop.program.start()
        told = _told(desktop)

        assert "damp-and-mould.toml" in told
        assert "line " in told
        assert says in told
        assert desktop.program.session is None
        assert desktop.reopened(unsent_count) == 5
        file.write_text(good, encoding="utf-8")
        desktop.unlock()
        assert desktop.session.shell.isVisible()
        assert desktop.lost == []


def test_a_spoilt_store_is_said_in_the_window(qapp: QApplication, tmp_path: Path) -> None:
    """A database that is none is named as damaged, with the way on, and is left as it is."""
    with open_desktop(qapp, tmp_path / "laptop") as desktop:
        path = database_path(desktop.folder)
        path.write_bytes(b"no database at all" * 1000)
        desktop.program.start()

        assert "damaged" in _told(desktop)
        assert "repair" in _form(desktop).wrong.lower()
        assert path.read_bytes() == b"no database at all" * 1000
        assert desktop.lost == []


def test_in_1970_one_can_look_but_not_record(qapp: QApplication, tmp_path: Path) -> None:
    """A computer that lost its time opens its store; a save is refused in words until the clock is set."""
    troubles: list[Trouble] = []
    with open_desktop(qapp, tmp_path / "laptop") as desktop:
        morning = desktop.clock.now()
        desktop.clock.set(YEAR_ZERO)
        desktop.program.start()
        desktop.unlock()
        doors, desk = desktop.session.doors, desktop.session.desk
        doors.change(lambda tx: add_person(tx, desk, full_name="Ann Bee"), trouble=troubles.append)
        doors.change(lambda tx: add_note(tx, desk, "none", "A note"), trouble=troubles.append)
        until(lambda: len(troubles) == 2, "both are refused")

        assert "1 Jan 1970" in str(troubles[0])
        assert "Set the date and time" in str(troubles[0])
        assert desktop.look(lambda reading: len(reading.all_of(Person))) == 1
        desktop.clock.set(morning)
        doors.change(lambda tx: add_person(tx, desk, full_name="Ann Bee"))
        until(lambda: desktop.look(lambda reading: len(reading.all_of(Person))) == 2, "saved once the clock is right")
        assert desktop.lost == []

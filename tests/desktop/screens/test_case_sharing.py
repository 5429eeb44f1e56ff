"""Sharing a case from its page: with whom, why, and how it ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.desktop.parts.buttons import Select
from almoner.records import CaseShare
from tests.desks import OTHER_TEAM
from tests.desktop.office import Office
from tests.desktop.screens.test_case import control, form, newest, opened, save, texts, write


def test_a_case_is_shared_and_the_share_ended(office: Office, qtbot: QtBot) -> None:
    """With whom, on what ground and why are asked; the people tab shows who sees it, and ends it again."""
    screen = opened(office, qtbot, tab="people")
    screen.around.commands.run("case.share")
    dialog = form(qtbot)
    who = control(dialog, "With")
    assert isinstance(who, Select)
    who.setCurrentIndex(who.findData(f"team:{OTHER_TEAM.id}"))
    write(dialog, "Why", "Both work there.")
    with qtbot.waitSignal(dialog.accepted):
        save(dialog)
    people = screen._pages["people"]
    qtbot.waitUntil(lambda: "Both work there.  ·  Our work needs it" in texts(people))
    button = control(people, f"End: {OTHER_TEAM.name}")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    with qtbot.waitSignal((ending := form(qtbot)).accepted):
        save(ending)
    qtbot.waitUntil(lambda: newest(screen).title == f"No longer shared with {OTHER_TEAM.name}")

    (share,) = office.look(lambda r: r.all_of(CaseShare))
    assert (share.state.value, share.team_id) == ("ended", OTHER_TEAM.id)

"""To settle: disagreements and returned work, read whole, copied, sent on, discarded and taken over by keyboard."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from almoner.casework.notes import add_note
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.my_work import MyWork
from almoner.desktop.screens.settle import Settle
from almoner.records import Conflict, HeldWork, Note
from almoner.records.held_work import Settlement
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import read_instant
from almoner.store.outbox import Answered, acknowledge, mutation_of, returned, unsent
from tests.desks import OWEN, SANA
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

WHY = "This belongs to a team you are not in. A supervisor has been asked to look at it."


def came_back(office: Office, text: str = "Left a card.", *, verdict: Verdict = Verdict.HELD) -> Mutation:
    """Let a note be answered so by the server."""
    case_id = office.cases["Comfort"].id
    office.doors.write_and_wait(lambda tx: add_note(tx, office.desk, case_id, text, heading="Called round"))
    last = office.look(unsent)[-1].client_seq
    save = office.look(lambda reading: mutation_of(reading, last))
    assert save is not None
    answer = [Answered(last, verdict, WHY)]
    office.doors.write_and_wait(lambda tx: acknowledge(tx, answer, durable_client_seq=0))
    return save


def confirm(office: Office, save: Mutation, **changes: Any) -> HeldWork:
    """Let the office's record of held work arrive."""
    body = {"values": save.values, "added": save.added, "removed": save.removed, "base": save.base}
    work = HeldWork(
        id="held-1", case_id=office.cases["Comfort"].id, record_kind=save.kind, record_id=save.record,
        mutation_id=save.mutation_id, author=save.author, made_at=read_instant(save.made_at),
        held_at=office.clock.now(), reason="not allowed", text=WHY, body=json.dumps(body),
    )  # fmt: skip
    made = replace(work, **changes)
    office.doors.write_and_wait(lambda tx: tx.add(made))
    return made


def on_another_laptop(office: Office, save: Mutation) -> None:
    """This laptop is a colleague's: it has the office's record, not the author's line."""
    office.doors.write_and_wait(lambda tx: tx.connection.exec_driver_sql("DELETE FROM outbox"))
    gone = f"DELETE FROM notes WHERE id = '{save.record}'"
    office.doors.write_and_wait(lambda tx: tx.connection.exec_driver_sql(gone))


def opened(office: Office, qtbot: QtBot, tab: str = "returned") -> Settle:
    """Open a tab and wait until it is read."""
    screen = cast(Settle, office.open(Settle))
    screen.go(Target("settle", part=tab))
    qtbot.waitUntil(lambda: "settle" in office.badges)
    return screen


def button(screen: Settle, text: str) -> QPushButton:
    """A button of the first card."""
    (first, *_rest) = screen.returned.cards
    return next(each for each in first.findChildren(QPushButton) if each.text() == text)


def settlement(office: Office) -> HeldWork:
    return office.look(lambda reading: reading.get(HeldWork, "held-1"))


def test_an_empty_tray_says_so(office: Office, qtbot: QtBot) -> None:
    """With nothing to settle each tab says what would be there, and there is no number in the navigation."""
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: screen.stack.part is screen.empty)

    assert office.badges["settle"] == 0


def test_what_was_typed_is_read_before_the_office_confirms(office: Office, qtbot: QtBot) -> None:
    """The line alone shows words with labels, the reason and who has it; it is copied as text, with no JSON."""
    came_back(office)
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    (item,) = screen.returned.items
    QTest.keyClick(button(screen, "Copy"), Qt.Key.Key_Space)
    copied = QGuiApplication.clipboard().text()

    assert ("Note", "Left a card.") in item.typed
    assert item.why == WHY
    assert "Note: Left a card." in copied
    assert office.cases["Comfort"].reference in copied
    assert "{" not in copied
    assert office.badges["settle"] == 1


def test_it_is_sent_to_an_officer(office: Office, qtbot: QtBot) -> None:
    """Whom it goes to is chosen from a list; then the card says who has it."""
    confirm(office, came_back(office))
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    QTest.keyClick(button(screen, "Send to …"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(screen.findChildren(FormDialog)))
    (dialog,) = screen.findChildren(FormDialog)
    choice = dialog.findChild(QComboBox)
    assert choice is not None
    assert choice.currentText() == "Sana Iqbal, team leader"
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: settlement(office).sent_on_to == SANA.id)

    qtbot.waitUntil(lambda: screen.returned.items[0].where == "Sent to Sana Iqbal.")
    assert office.said == ["Sent to Sana Iqbal"]


def test_it_is_discarded_with_a_reason(office: Office, qtbot: QtBot) -> None:
    """Without a reason the form says so at the field; with one the card goes and the office keeps the words."""
    confirm(office, came_back(office))
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    QTest.keyClick(button(screen, "Discard …"), Qt.Key.Key_Space)
    (dialog,) = screen.findChildren(FormDialog)
    dialog.save()
    qtbot.waitUntil(dialog.summary.isVisible)
    box = dialog.findChild(QLineEdit)
    assert box is not None
    QTest.keyClicks(box, "Typed twice")
    dialog.save()
    qtbot.waitUntil(lambda: screen.returned.items == ())

    work = settlement(office)
    assert (work.settlement, work.settled_why) == (Settlement.DISCARDED, "Typed twice")
    assert "Left a card." in work.body
    assert office.look(returned) == ()
    assert office.badges["settle"] == 0


def test_the_supervisor_takes_it_over(office: Office, qtbot: QtBot) -> None:
    """One key saves it anew as the supervisor's own; the card goes."""
    save = came_back(office)
    confirm(office, save)
    on_another_laptop(office, save)
    office.desk = replace(office.desk, me=SANA)
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    (item,) = screen.returned.items
    QTest.keyClick(button(screen, "Take over"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: screen.returned.items == ())

    assert (item.author, item.is_mine) == ("Ruth Bello", False)
    note = office.look(lambda reading: reading.get(Note, save.record))
    assert (note.author_id, note.text) == (SANA.id, "Left a card.")
    assert office.said == ["Note taken over"]


def test_what_cannot_be_taken_over_has_no_button_but_a_reason(office: Office, qtbot: QtBot) -> None:
    """A move of a case is made on the case; the card says so and offers the way there."""
    save = came_back(office)
    confirm(office, save, record_kind="stage_change", body='{"values": {"to_stage": "triaged"}}')
    on_another_laptop(office, save)
    office.desk = replace(office.desk, me=SANA)
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    texts = [each.text() for each in screen.returned.cards[0].findChildren(QPushButton)]
    QTest.keyClick(button(screen, "Open the case"), Qt.Key.Key_Space)

    assert "Take over" not in texts
    assert "move it there" in screen.returned.items[0].in_the_way
    assert office.went == [Target("case", office.cases["Comfort"].id)]


def test_the_author_reads_what_became_of_it_and_leaves_it(office: Office, qtbot: QtBot) -> None:
    """Settled by somebody else: the card says by whom, and OK takes it away."""
    confirm(
        office, came_back(office), settlement=Settlement.TAKEN_OVER, settled_by=SANA.id, settled_at=office.clock.now()
    )
    screen = opened(office, qtbot)
    qtbot.waitUntil(lambda: bool(screen.returned.items))
    (item,) = screen.returned.items
    QTest.keyClick(button(screen, "OK"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: screen.returned.items == ())

    assert item.settled == "Sana Iqbal took this over today 10:05."
    assert office.look(returned) == ()


def test_a_disagreement_is_one_line_and_leads_to_its_page(office: Office, qtbot: QtBot) -> None:
    """Both values, case, authors and time on a line; its button opens it."""
    case, me = office.cases["Comfort"], office.desk.me
    conflict = Conflict(
        id="conflict-1", case_id=case.id, record_kind="case", record_id=case.id, field="title", in_force='"Damp"',
        offered='"Mould"', offered_by=OWEN.id, in_force_by=me.id, offered_at=office.clock.now(), mutation_id="m",
    )  # fmt: skip
    office.doors.write_and_wait(lambda tx: tx.add(conflict))
    screen = opened(office, qtbot, "two-values")
    qtbot.waitUntil(lambda: bool(screen.conflicts.items))
    (line,) = screen.conflicts.items
    settle = next(each for each in screen.conflicts.findChildren(QPushButton) if each.text() == "Settle")
    QTest.keyClick(settle, Qt.Key.Key_Space)

    assert line.title == "Title"
    assert "Damp  /  Mould" in line.second
    assert case.reference in line.second
    assert "Ruth Bello and Owen Pryce, today 10:05" in line.second
    assert office.went == [Target("conflict", "conflict-1")]


def test_the_number_follows_behind_another_screen(office: Office, qtbot: QtBot) -> None:
    """While another screen is in front, the number in the navigation stays true."""
    screen = opened(office, qtbot)
    screen.hide()
    came_back(office)
    office.doors.change(lambda tx: tx.note_changed("outbox", ["1"]))

    qtbot.waitUntil(lambda: office.badges["settle"] == 1)


def test_my_work_leads_to_held_work(office: Office, qtbot: QtBot) -> None:
    """Held work of a colleague is on the first page of the case's owner, and leads to the tray."""
    save = came_back(office)
    confirm(office, save, author=OWEN.id)
    on_another_laptop(office, save)
    screen = cast(MyWork, office.open(MyWork))
    qtbot.waitUntil(lambda: any(row.id == "held_work-held-1" for row in screen.list.rows))
    screen.list.opened.emit("held_work-held-1")

    assert office.went == [Target("settle", part="returned")]


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
@pytest.mark.parametrize("percent", [100, 200])
def test_everything_can_be_named_read_and_hit(office: Office, qtbot: QtBot, room: Room, percent: int) -> None:
    """Every control has a name and a size and no words are cut, wide and narrow, also at 200 %."""
    office.theme.resize_text(percent)
    confirm(office, came_back(office, "A long note. " * 30))
    screen = opened(office, qtbot)
    screen.resize(1300 if room is Room.WIDE else 700, 1000)
    screen.fit(room)
    qtbot.waitUntil(lambda: bool(screen.returned.items) and clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []

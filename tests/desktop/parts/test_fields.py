"""A field and its control, as a screen reader comes by them."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.pills import Pills
from tests.desktop.pretend import delete


def test_a_pill_is_called_by_its_own_words(theme: Theme, qtbot: QtBot) -> None:
    """The question names the row and describes each pill; no pill loses its own words to it, the first included."""
    pills = Pills(theme, "How", [("call", "Call"), ("visit", "Visit")])
    field = Field(theme, "How", pills, help_text="The way it was tried.")
    buttons = pills.findChildren(QAbstractButton)

    assert pills.accessibleName() == "How"
    assert [button.accessibleName() or button.text() for button in buttons] == ["Call", "Visit"]
    assert [button.accessibleDescription() for button in buttons] == ["How", "How"]
    delete(field)


def test_a_line_is_called_by_the_question_and_says_what_is_wrong(theme: Theme, qtbot: QtBot) -> None:
    """Label, help and mistake are all spoken with the line that has the keyboard."""
    line = QLineEdit()
    field = Field(theme, "To do", line, help_text="A few words.", is_optional=True)
    field.set_wrong("This is too long.")

    assert line.accessibleName() == "To do (optional)"
    assert line.accessibleDescription() == "This is too long. A few words."
    delete(field)

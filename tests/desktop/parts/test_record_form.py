"""Forms made from the records' own facts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.record_form import RecordForm
from almoner.records import Address, ContactPoint, Flag, HouseholdMembership, Person, SafeContactRule, Task
from almoner.records.derive import fields_of
from almoner.records.people import AddressKind, Format
from almoner.records.trouble import Trouble

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
FORMS = (Person, Address, ContactPoint, SafeContactRule, Flag, HouseholdMembership, Task)
PERSON = Person(
    id="p", full_name="Comfort Adjei", known_as="Com", earlier_names=("Comfort Mensah",), date_of_birth="1991-03-08",
    pronouns="she", language_spoken="Twi", language_written="English", interpreter=True,
    letter_format=Format.LARGE_PRINT, print_points=20, support_needs=("Asthma", "Hearing"),
    deceased_on=date(2026, 12, 1), restricted_team_id="t",
)  # fmt: skip


def _form(theme: Theme, record: Any, **how: Any) -> RecordForm:
    return RecordForm(theme, record, lambda: NOW, **how)


@pytest.mark.parametrize("record", FORMS)
def test_every_field_has_its_row(theme: Theme, record: Any) -> None:
    """A row for each field of the record under the field's own label, without any being named here."""
    form = _form(theme, record)
    labels = [next(iter(field.findChildren(QLabel))).text() for field in form.fields]

    wanted = [each.fact.label for each in fields_of(record) if each.name != "id" and not each.fact.server]
    assert [words.removesuffix(" (optional)") for words in labels] == wanted


def test_what_is_shown_is_what_is_kept(theme: Theme) -> None:
    """A record filled into its form comes out of it the same, value for value."""
    form = _form(theme, Person, choices={"restricted_team_id": [("", "No"), ("t", "Team")]})
    form.fill(PERSON)

    values = form.values()
    assert {name: getattr(PERSON, name) for name in values} == values


def test_drafts_come_back(theme: Theme) -> None:
    """What stands in a form goes into a draft and comes back, read or not; an empty draft empties the form."""
    one, other = _form(theme, Address), _form(theme, Address)
    one.restore({"line_1": "9 Quay Rise", "since": "not a day", "confidential": "yes", "purpose": "care-of"})
    other.restore(one.drafts())

    assert other.drafts() == one.drafts()
    other.restore({})
    assert other.drafts() == {}


@pytest.mark.parametrize(
    ("record", "name", "typed", "label"),
    [
        (Address, "since", "the day after never", "From"),
        (Person, "print_points", "11", "Print size in points"),
        (Person, "print_points", "large", "Print size in points"),
        (Person, "full_name", "   ", "Full name"),
        (Flag, "reason", "x" * 20_001, "Why"),
        (Person, "support_needs", "\n".join(map(str, range(31))), "Support needs"),
    ],
)
def test_what_cannot_be_read_names_its_field(theme: Theme, record: Any, name: str, typed: str, label: str) -> None:
    """What cannot be kept is refused with the label of its field and what to do."""
    form = _form(theme, record, only=[name])
    form.restore({name: typed})

    with pytest.raises(Trouble) as caught:
        form.values()
    assert caught.value.where == label
    assert caught.value.do


def test_a_day_that_was_not_given_is_left_to_the_action(theme: Theme) -> None:
    """A record's own day is left out when empty, so that the action can say today; others are None."""
    assert _form(theme, SafeContactRule, only=["starts_on", "ended_on"]).values() == {"ended_on": None}


def test_a_form_may_ask_for_more(theme: Theme) -> None:
    """A field that may be empty in the record can be needed on a form; its label then does not say optional."""
    form = _form(theme, SafeContactRule, only=["reason", "safe_hours"], needed=["reason"])

    assert [field.control.accessibleName() for field in form.fields] == ["Why", "Safe hours (optional)"]
    with pytest.raises(Trouble):
        form.values()


def test_lines_are_as_long_as_they_may_be(theme: Theme) -> None:
    """A line takes no more characters than its field keeps."""
    form = _form(theme, Address, only=["postcode"])
    box = form.field("postcode").control

    assert isinstance(box, QLineEdit)
    assert box.maxLength() == 12


def test_choices_are_those_of_the_record(theme: Theme) -> None:
    """What is chosen from a list comes from the record's own list, in words."""
    form = _form(theme, Address, only=["purpose"])
    form.put("purpose", AddressKind.NO_FIXED_ABODE)

    assert form.values() == {"purpose": AddressKind.NO_FIXED_ABODE}


def test_changes_are_told(theme: Theme) -> None:
    """Every kind of row says when it changes."""
    form = _form(theme, Person, choices={"restricted_team_id": [("", "No"), ("t", "Team")]})
    told: list[int] = []
    form.changed.connect(lambda: told.append(1))
    for name in ("full_name", "interpreter", "letter_format", "support_needs", "deceased_on"):
        before = len(told)
        form.put(name, getattr(PERSON, name))
        assert len(told) > before, name

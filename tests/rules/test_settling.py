"""Who may settle a disagreement, why it matters, and how two values differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desks import OWEN, RUTH, SANA

from almoner.records import BY_KIND, User
from almoner.records.derive import fields_of
from almoner.records.facts import Merge
from almoner.records.staff import StaffRole
from almoner.rules.settling import MOST_COMPARED, differences, joined, may_settle, why_it_matters

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
TWO = frozenset({RUTH.id, OWEN.id})


@pytest.mark.parametrize(
    ("me", "owner", "may"),
    [
        (RUTH, "", True),
        (OWEN, "", True),
        (SANA, "", True),
        (replace(SANA, role=StaffRole.CASEWORKER), SANA.id, True),
        (replace(SANA, role=StaffRole.CASEWORKER), "", False),
        (replace(SANA, role=StaffRole.ADMINISTRATOR), "", False),
        (replace(RUTH, active=False), RUTH.id, False),
    ],
)
def test_who_may_settle(me: User, owner: str, may: bool) -> None:
    """The owner of the case, a supervisor and the two who wrote may; everybody else may only read."""
    assert may_settle(me, owner, TWO) is may


def test_words_that_are_new_are_marked() -> None:
    """What stood there before is plain, what is new is marked, and nothing is lost on the way."""
    parts = differences("Mould in the back bedroom.", "Black mould in the front bedroom.")

    assert [part.words.strip() for part in parts if part.differs] == ["Black mould", "front"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_every_word_is_shown(before: str, after: str) -> None:
    """The parts make up the text again, whatever is in it."""
    assert "".join(part.words for part in differences(before, after)) == after


def test_where_nothing_stood_before_nothing_is_marked() -> None:
    """A first value is all new; marking all of it would say nothing. The same holds for a text too long to compare."""
    long = "word " * (MOST_COMPARED + 1)

    assert not any(part.differs for part in differences("", "Anything"))
    assert not any(part.differs for part in differences("x", long))


def test_both_texts_say_who_wrote_which() -> None:
    """Kept together, the earlier stands first, each under its author and time; an empty one is left out."""
    both = joined("Second.", "Ruth Bello", NOW, "First.", "Owen Pryce", NOW - timedelta(hours=1))

    assert both == "Owen Pryce, 17 Dec 2026 09:05:\nFirst.\n\nRuth Bello, 17 Dec 2026 10:05:\nSecond."
    assert joined("Only.", "Ruth Bello", NOW, " ", "Owen Pryce", NOW) == "Ruth Bello, 17 Dec 2026 10:05:\nOnly."


def test_every_field_that_can_be_disputed_says_why_it_matters() -> None:
    """Whatever two people may disagree about, one plain sentence says what depends on it."""
    for kind, record in BY_KIND.items():
        for field in fields_of(record):
            if field.fact.merge is Merge.ASK:
                assert why_it_matters(kind, field.name).endswith("."), f"{kind}.{field.name}"
    assert "closed case" in why_it_matters("case", "stage")
    assert "promised" in why_it_matters("clock", "due_on")
    assert "danger" in why_it_matters("address", "line_1")
    assert "taken back" in why_it_matters("consent_grant", "until")
    assert "away" in why_it_matters("task", "")

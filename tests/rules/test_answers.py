from datetime import date

import pytest

from almoner.records.cases import AnswerState
from almoner.records.trouble import Trouble
from almoner.rules.answers import answer_words, fields_at, still_to_ask, tidy_answer
from almoner.rules.service_line import Choice, Field, FieldType, ServiceLine

DAY = date(2026, 12, 17)
CHOICES = (Choice("a", "First"), Choice("b", "Second"), Choice("old", "Old", None, date(2026, 1, 1)))


def question(kind: FieldType, **facts: object) -> Field:
    choices = CHOICES if kind in (FieldType.CHOICE, FieldType.MULTI) else ()
    return Field("q", "Question", kind, choices, **facts)  # type: ignore[arg-type]  # facts vary by case


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "said"),
    [
        (FieldType.TEXT, "  Since March ", "Since March", "Since March"),
        (FieldType.CHOICE, "a", "a", "First"),
        (FieldType.MULTI, "b, a,b", "a,b", "First, Second"),
        (FieldType.YES_NO, "Yes", "yes", "Yes"),
        (FieldType.NUMBER, "16.50 %", "16.50", "16.50 %"),
        (FieldType.NUMBER, "-3", "-3", "-3 %"),
        (FieldType.DATE, "2027-01-05", "2027-01-05", "Tue 5 Jan 2027"),
    ],
)
def test_answers_are_kept_tidily_and_said_in_words(kind: FieldType, typed: str, kept: str, said: str) -> None:
    """Each shape of answer is kept one way and shown in words."""
    field = question(kind, unit="%" if kind is FieldType.NUMBER else "")

    assert tidy_answer(field, AnswerState.ANSWERED, typed, DAY) == kept
    assert answer_words(field, AnswerState.ANSWERED, kept) == said


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldType.TEXT, "   "),
        (FieldType.TEXT, "x" * 20_001),
        (FieldType.CHOICE, "c"),
        (FieldType.CHOICE, "old"),
        (FieldType.MULTI, "a,c"),
        (FieldType.YES_NO, "maybe"),
        (FieldType.NUMBER, "lots"),
        (FieldType.NUMBER, "NaN"),
        (FieldType.NUMBER, "1e99"),
        (FieldType.DATE, "30/02/2026"),
        (FieldType.DATE, "2026-02-30"),
    ],
)
def test_nonsense_is_refused_at_the_question(kind: FieldType, typed: str) -> None:
    """A wrong answer names its question and says what would do."""
    with pytest.raises(Trouble) as caught:
        tidy_answer(question(kind), AnswerState.ANSWERED, typed, DAY)

    assert caught.value.where == "Question"
    assert caught.value.do
    assert typed.strip() not in caught.value.what or not typed.strip()


def test_not_knowing_is_an_answer_where_the_line_allows_it() -> None:
    """ "Not known", "refused" and "to follow" are answers, but only to questions that allow them."""
    field = question(FieldType.TEXT, allows=(AnswerState.REFUSED,))

    assert tidy_answer(field, AnswerState.REFUSED, "ignored", DAY) == ""
    assert answer_words(field, AnswerState.REFUSED, "") == "Prefers not to say"
    with pytest.raises(Trouble, match="cannot be left as “not known”"):
        tidy_answer(field, AnswerState.NOT_KNOWN, "", DAY)


def test_old_codes_and_days_are_shown_as_they_are() -> None:
    """An answer from another version is shown, not lost."""
    assert answer_words(question(FieldType.MULTI), AnswerState.ANSWERED, "a,gone") == "First, gone"
    assert answer_words(question(FieldType.DATE), AnswerState.ANSWERED, "spring") == "spring"


def test_questions_come_with_their_stage(damp: ServiceLine) -> None:
    """At the desk only the report's questions are asked; the finding comes with the investigation."""
    asked = {field.code for field in fields_at(damp, "reported")}

    assert {"tenure", "rooms", "risks", "risk-level"} <= asked
    assert "finding" not in asked
    assert "finding" in {field.code for field in fields_at(damp, "investigating")}
    assert [field.code for field in still_to_ask(damp, "reported", {"tenure", "risks"})] == ["rooms", "risk-level"]

"""Answers to a service line's questions: checked as they are typed, kept as text, and said in words.

An answer is kept as text: a choice by its code, several choices by their codes with commas between, yes or no as `yes`
and `no`, a day as 2026-12-17, a number with a point.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal, InvalidOperation

from almoner.records.cases import AnswerState
from almoner.records.trouble import Trouble
from almoner.rules.service_line import Field, FieldType, ServiceLine
from almoner.rules.words import short_date

MAX_ANSWER = 20_000
"""No answer is longer than this many characters."""

_STATE_WORDS = {
    AnswerState.NOT_KNOWN: "Not known",
    AnswerState.REFUSED: "Prefers not to say",
    AnswerState.TO_FOLLOW: "To follow",
}


def fields_at(line: ServiceLine, stage: str) -> tuple[Field, ...]:
    """Give the questions asked once a case has come as far as a stage, by the order of stages in the line."""
    order = [each.code for each in line.stages]
    reached = order.index(line.stage(stage).code)
    return tuple(field for field in line.fields if not field.stage or order.index(field.stage) <= reached)


def still_to_ask(line: ServiceLine, stage: str, answered: Collection[str]) -> tuple[Field, ...]:
    """Give the required questions asked by now that have no answer yet."""
    return tuple(field for field in fields_at(line, stage) if field.required and field.code not in answered)


def tidy_answer(field: Field, state: AnswerState, typed: str, day: date) -> str:
    """Give an answer as it is kept. Raises Trouble, naming the question, for one that cannot be.

    `day` is the day the council became aware: dated choices are those offered then.
    """
    if state is not AnswerState.ANSWERED:
        if state not in field.allows:
            raise Trouble(
                f"“{field.label}” cannot be left as “{_STATE_WORDS[state].lower()}”.", "Give an answer.", field.label
            )
        return ""
    text = typed.strip()
    if not text:
        raise Trouble(f"“{field.label}” has no answer.", "Give one, or leave the question.", field.label)
    if len(text) > MAX_ANSWER:
        raise Trouble(f"The answer has {len(text)} characters.", f"Shorten it to {MAX_ANSWER}.", field.label)
    return _TIDY[field.type](field, text, day)


def _tidy_text(field: Field, text: str, day: date) -> str:
    return text


def _tidy_choice(field: Field, text: str, day: date) -> str:
    return _chosen(field, text, day)


def _tidy_multi(field: Field, text: str, day: date) -> str:
    chosen = {_chosen(field, each.strip(), day) for each in text.split(",") if each.strip()}
    return ",".join(choice.code for choice in field.choices if choice.code in chosen)


def _chosen(field: Field, code: str, day: date) -> str:
    offered = [choice.code for choice in field.choices_on(day)]
    if code not in offered:
        raise Trouble(f"That is not one of the answers to “{field.label}”.", "Choose one from the list.", field.label)
    return code


def _tidy_yes_no(field: Field, text: str, day: date) -> str:
    if text.lower() not in ("yes", "no"):
        raise Trouble(f"“{field.label}” is answered by yes or no.", "Choose one.", field.label)
    return text.lower()


def _tidy_number(field: Field, text: str, day: date) -> str:
    try:
        number = Decimal(text.removesuffix(field.unit).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise Trouble(f"“{field.label}” should be a number.", "Write it in figures, such as 16.5.", field.label)
    return f"{number:f}"


def _tidy_date(field: Field, text: str, day: date) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Trouble(f"“{field.label}” should be a day.", "Check the day, month and year.", field.label) from None


_TIDY = {
    FieldType.TEXT: _tidy_text,
    FieldType.CHOICE: _tidy_choice,
    FieldType.MULTI: _tidy_multi,
    FieldType.YES_NO: _tidy_yes_no,
    FieldType.NUMBER: _tidy_number,
    FieldType.DATE: _tidy_date,
}


def answer_words(field: Field, state: AnswerState, value: str) -> str:
    """Say a kept answer in words, on screen and on paper. A code no longer known is shown as it is."""
    if state is not AnswerState.ANSWERED:
        return _STATE_WORDS[state]
    if field.type in (FieldType.CHOICE, FieldType.MULTI):
        titles = {choice.code: choice.title for choice in field.choices}
        return ", ".join(titles.get(code, code) for code in value.split(","))
    if field.type is FieldType.YES_NO:
        return value.capitalize()
    if field.type is FieldType.DATE:
        return _date_words(value)
    return f"{value} {field.unit}".strip()


def _date_words(value: str) -> str:
    try:
        return short_date(date.fromisoformat(value))
    except ValueError:
        return value

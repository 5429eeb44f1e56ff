"""How a letter stands, in a word or two, the same in every list and on its own page."""

from __future__ import annotations

from dataclasses import dataclass

from almoner.records.events import LetterStep


@dataclass(frozen=True, slots=True)
class Standing:
    """What to say of a letter, and the tone it is said in."""

    words: str
    tone: str


_STANDINGS = {
    LetterStep.FINAL: Standing("To print", "blue"),
    LetterStep.HELD: Standing("Held", "red"),
    LetterStep.PRINTED: Standing("Printed", "purple"),
    LetterStep.SAVED: Standing("Saved as PDF", "purple"),
    LetterStep.POSTED: Standing("Posted", "green"),
    LetterStep.HANDED_OVER: Standing("Handed over", "green"),
    LetterStep.CANCELLED: Standing("Cancelled", "neutral"),
    LetterStep.RETURNED: Standing("Returned", "orange"),
}


def letter_standing(status: str) -> Standing:
    """Say how a letter stands; a word this version does not know is shown as it came."""
    try:
        return _STANDINGS[LetterStep(status)]
    except ValueError:
        return Standing(status.replace("-", " ").capitalize(), "neutral")


def step_words(step: LetterStep, copy: int) -> str:
    """Say one step in the life of a letter: "Filed on the case", "Printed, copy 2"."""
    if step is LetterStep.FINAL:
        return "Filed on the case"
    words = _STANDINGS[step].words
    return f"{words}, copy {copy}" if copy > 1 else words

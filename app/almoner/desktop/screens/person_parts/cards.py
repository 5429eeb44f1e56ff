"""The cards of a resident's page: each shows lines with what may be done to them, and a way to add one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from almoner.casework.person_page import Home, Part, PersonPage, Reach
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.line_items import Item, LineItems
from almoner.desktop.screens.case_parts.showing import tone_of

Act = Callable[[str, str], None]
"""Hears the id of a line and what is to be done to it."""


class LinesCard(Card):
    """A card of lines. Says in words when there are none."""

    def __init__(self, theme: Theme, icon: str, title: str, nothing: str, act: Act) -> None:
        super().__init__(theme, icon, title)
        self._kind = title
        self.lines = LineItems(theme, title)
        self.lines.acted.connect(act)
        self._nothing = label(nothing, "quiet", wraps=True)
        self._note = label("", "quiet", wraps=True)
        self._note.hide()
        self.add(self.lines)
        self.add(self._nothing)
        self.add(self._note)

    def offer(self, text: str, run: Callable[[], object], *, icon: str = "plus", name: str = "") -> None:
        """Put a button at the foot of the card."""
        self.add(Button(self._theme, text, icon=icon, kind="link", name=name, run=run))

    def note(self, words: str) -> None:
        """Say something under the lines, or nothing."""
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def show_items(self, items: Sequence[Item]) -> None:
        """Show lines, or the words for none."""
        self.lines.show_items(items)
        self.lines.setVisible(bool(items))
        self._nothing.setVisible(not items)
        self.retitle(f"{self._kind}  {len(items)}" if len(items) > 1 else self._kind)


def reach_items(page: PersonPage) -> tuple[Item, ...]:
    """How the person is reached: what may be used first, then what must not, then what is over."""
    order = sorted(page.reach, key=lambda reach: (reach.is_over, not reach.may.allowed))
    return tuple(_reach(each) for each in order)


def _reach(reach: Reach) -> Item:
    if reach.is_over:
        return Item(id=reach.point.id, icon=reach.icon, title=reach.words, second="Not used any more")
    return Item(
        id=reach.point.id,
        icon=reach.icon,
        title=reach.words,
        second=f"{reach.may.why} {reach.may.do}".strip(),
        tag="May be used" if reach.may.allowed else "Do not use",
        tone="green" if reach.may.allowed else "red",
        acts=(("end-contact", "Stop using"),),
    )


def home_items(page: PersonPage, revealed: frozenset[str]) -> tuple[Item, ...]:
    """Addresses, the current ones first; a confidential one only in words that do not give it away, unless revealed."""
    return tuple(_home(home, home.address.id in revealed) for home in page.homes)


def _home(home: Home, is_revealed: bool) -> Item:
    hidden = home.is_masked and not is_revealed
    tag = "Confidential" if home.is_masked else "Never send here" if home.is_barred else "Past" if home.is_over else ""
    acts = [("reveal", "Show")] if hidden else [("correct", "Change")]
    return Item(
        id=home.address.id,
        icon="eye-off" if hidden else "map-pin",
        title=home.words if hidden else home.full,
        second="  ·  ".join(filter(None, (home.kind, home.dates))),
        tag=tag,
        tone="red" if home.is_masked or home.is_barred else "neutral",
        acts=tuple(acts),
    )


def relative_items(page: PersonPage) -> tuple[Item, ...]:
    """Who else lives there."""
    return tuple(
        Item(
            id=each.person_id,
            icon="user",
            title=each.name,
            second=each.second,
            acts=(("person", "Open"), ("leave", "Take out")),
        )
        for each in page.relatives
    )


def need_items(page: PersonPage) -> tuple[Item, ...]:
    """What the person needs so that they can read, hear and follow."""
    return tuple(Item(id=need, icon="accessibility", title=need) for need in page.needs)


def warning_items(page: PersonPage) -> tuple[Item, ...]:
    """Safe-contact rules, then warnings, those in force first."""
    rules = [
        Item(
            id=each.rule.id,
            icon="shield-alert",
            title="Safe contact",
            second=each.reason,
            tag=each.review.words,
            tone=tone_of(each.review.tone),
            acts=(("end-rule", "End"),),
        )
        for each in page.rules
    ]
    flags = [
        Item(
            id=each.flag.id,
            icon="flag",
            title=each.title,
            second=each.reason,
            tag=each.review.words,
            tone=tone_of(each.review.tone),
            acts=() if each.is_over else (("end-flag", "End"),),
        )
        for each in page.warnings
    ]
    return (*rules, *flags)


def case_items(page: PersonPage) -> tuple[Item, ...]:
    """Every case, the open ones first."""
    return tuple(_case(part) for part in page.cases)


def _case(part: Part) -> Item:
    row, marks = part.row, part.marks
    closed = row.status == "closed"
    words = (row.reference, marks.service, "" if closed else marks.stage, part.role)
    return Item(
        id=row.id,
        icon="folder-open",
        title=row.title,
        second="  ·  ".join(filter(None, words)),
        tag="Closed" if closed else marks.due or marks.stage,
        tone="neutral" if closed else tone_of(marks.due_tone if marks.due else marks.stage_tone),
        acts=(("case", "Open"),),
    )


def focus_first(card: QWidget) -> None:
    """Put the keyboard on the first button of a card."""
    button = next((each for each in card.findChildren(Button) if each.isVisible()), None)
    if button is not None:
        button.setFocus()

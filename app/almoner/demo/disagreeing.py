"""The part of the story in which two officers, each without network, change one thing, and its owner settles it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QAbstractButton, QApplication

from almoner.demo.hand import until
from almoner.demo.laptops import Laptop
from almoner.demo.steps import in_form, open_case, save_form, shows
from almoner.demo.walk import Checks, Walk
from almoner.desktop.screen import Target
from almoner.records import Case, Clock, Conflict
from almoner.store.outbox import unsent_count

_MOST_STEPS = 10


def disagree(walk: Walk, owner: str, colleague: str) -> Checks:
    """Both officers, without network, move the case; the owner reads who, when and why, and settles it."""
    priya, owen = walk.laptop(owner), walk.laptop(colleague)
    case_id = walk.learnt["case"]
    _move_unseen(walk, priya, "Ask for evidence", {})
    _move_unseen(walk, owen, "Close without investigating", {"Why": "The home stands empty, a neighbour says."})
    for laptop in (priya, owen, priya):
        laptop.line.restore()
        laptop.session.network.sync_now()
        until(partial(_is_all_sent, laptop), "everything is sent")
    until(lambda: _disagreements(priya, case_id) == 1, "the disagreement reaches its owner")
    priya.hand.front()
    open_case(walk, priya)
    until(lambda: shows(priya, "1 disagreement on this case"), "the case says so")
    walk.picture(priya.hand, "17-disagreement-on-case")
    priya.session.shell.go(Target("settle"))
    until(lambda: shows(priya, "Awaiting evidence  /  Closed"), "the list of what waits")
    walk.picture(priya.hand, "18-to-settle")
    priya.session.shell.go(Target("conflict", _open_conflicts(priya, case_id)[0].id))
    until(lambda: shows(priya, "Why it matters", "Keep mine", "Keep theirs"), "both values")
    walk.picture(priya.hand, "19-two-values")
    dates = shows(priya, "Investigate by")
    priya.hand.to("Keep mine")
    priya.hand.press("Space")
    until(lambda: _disagreements(priya, case_id) == 0, "it is settled")
    priya.session.network.sync_now()
    until(partial(_is_all_sent, priya), "the choice is sent")
    clock = priya.look(lambda reading: reading.all_of(Clock, case_id=case_id))[0]
    return {
        "says which dates follow": dates,
        "stage": priya.look(lambda reading: reading.get(Case, case_id)).stage,
        "no clock was lost": clock.state == "running",
    }


def _move_unseen(walk: Walk, laptop: Laptop, step: str, words: dict[str, str]) -> None:
    """Cut the line and move the case by a step of its service line."""
    laptop.hand.front()
    laptop.line.cut()
    open_case(walk, laptop)
    laptop.hand.press("Ctrl+Shift+M")
    in_form(laptop, "Move from")
    laptop.hand.to("Where to")
    for _ in range(_MOST_STEPS):
        at = QApplication.focusWidget()
        if isinstance(at, QAbstractButton) and at.text() == step:
            break
        laptop.hand.press("Right")
    laptop.hand.press("Space")
    for name, text in words.items():
        laptop.hand.fill(name, text)
    save_form(laptop)


def _open_conflicts(laptop: Laptop, case_id: str) -> tuple[Conflict, ...]:
    return laptop.look(lambda reading: reading.all_of(Conflict, case_id=case_id, settled_at=None))


def _disagreements(laptop: Laptop, case_id: str) -> int:
    return len(_open_conflicts(laptop, case_id))


def _is_all_sent(laptop: Laptop) -> bool:
    """Whether nothing waits and no round is under way."""
    state = laptop.session.network.state()
    return state.is_online and not state.is_sending and laptop.look(unsent_count) == 0

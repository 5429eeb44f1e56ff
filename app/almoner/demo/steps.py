"""What every step of the story does at a window: read it, open its case, work a form over it."""

from __future__ import annotations

from almoner.demo.hand import until, words_in
from almoner.demo.laptops import Laptop
from almoner.demo.walk import Walk
from almoner.desktop.screen import Target


def shows(laptop: Laptop, *words: str) -> bool:
    """Whether all of these can be read in the window."""
    read = words_in(laptop.hand.top)
    return all(word in read for word in words)


def open_case(walk: Walk, laptop: Laptop) -> None:
    """Open the page of the case of the story, and wait until it is that one."""
    laptop.session.shell.go(Target("case", walk.learnt["case"]))
    until(lambda: shows(laptop, f"{walk.learnt['reference']}  ·  Damp and mould"), "the page of the case")


def in_form(laptop: Laptop, title: str) -> None:
    """Wait for the form of this title over the window."""
    until(lambda: laptop.hand.top is not laptop.hand.window, f"the form “{title}”")
    until(lambda: shows(laptop, title), f"the form “{title}”")


def save_form(laptop: Laptop) -> None:
    """Save the form over the window and wait until it is gone."""
    laptop.hand.press("Ctrl+Return")
    until(lambda: laptop.hand.top is laptop.hand.window, "the form is saved")
    laptop.hand.front()

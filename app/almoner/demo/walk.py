"""The walk through the whole story, and the record it leaves: each step, what was checked, and whether it held."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from almoner.demo.ground import Ground
from almoner.demo.hand import Hand, rest
from almoner.demo.laptops import Laptop
from almoner.desktop.look.theme import Theme
from almoner.records.trouble import Trouble

Checks = dict[str, Any]


@dataclass(slots=True)
class Walk:
    """What the steps share: the ground, the laptops, where results go, and what earlier steps learnt."""

    ground: Ground
    out: Path
    theme: Theme
    open_laptop: Callable[[str], Laptop]
    say: Callable[[str], None]
    laptops: dict[str, Laptop] = field(default_factory=dict)
    learnt: dict[str, str] = field(default_factory=dict)
    steps: list[Checks] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def laptop(self, username: str) -> Laptop:
        """An officer's laptop, with its window in front."""
        if username not in self.laptops:
            self.laptops[username] = self.open_laptop(username)
        return self.laptops[username]

    def picture(self, hand: Hand, name: str) -> None:
        """Take a picture in light and in dark."""
        for choice in ("dark", "light"):
            self.theme.choose(choice)
            rest()
            path = self.out / "screens" / f"{name}-{choice}.png"
            hand.picture(path)
            self.pictures.append(path.name)

    def take(self, name: str, step: Callable[[Walk], Checks]) -> bool:
        """Take one step and note what it checked; False when it did not hold."""
        self.say(name)
        began = time.monotonic()
        noted: Checks = {"step": name}
        try:
            noted["checked"] = step(self)
            noted["ok"] = all(value is not False for value in noted["checked"].values())
            if not noted["ok"]:
                noted["failed"] = [key for key, value in noted["checked"].items() if value is False]
        except (AssertionError, Trouble, OSError, KeyError, IndexError, StopIteration) as fault:
            noted |= {"ok": False, "failed": [f"{type(fault).__name__}: {fault}"]}
        lost = [error for laptop in self.laptops.values() for error in laptop.lost]
        if lost:
            noted |= {"ok": False, "lost": [f"{type(error).__name__}: {error}" for error in lost]}
        noted["seconds"] = round(time.monotonic() - began, 2)
        self.steps.append(noted)
        if not noted["ok"]:
            for laptop in self.laptops.values():
                laptop.hand.picture(self.out / "screens" / f"failed-{laptop.username}.png")
        return bool(noted["ok"])

    def write(self) -> bool:
        """Write `walkthrough.json`; True when every step held."""
        held = bool(self.steps) and all(step["ok"] for step in self.steps)
        told = {
            "ok": held,
            "council": {"records": self.ground.records},
            "steps": self.steps,
            "pictures": self.pictures,
            "papers": sorted(path.name for path in self.out.glob("*.pdf")),
        }
        (self.out / "walkthrough.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
        return held

    def close(self) -> None:
        """Put the laptops away."""
        for laptop in self.laptops.values():
            laptop.close()

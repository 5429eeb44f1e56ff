"""What the program has whoever is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from almoner.desktop.look.theme import Theme
from almoner.desktop.watch import InputWatch

if TYPE_CHECKING:
    from almoner.desktop.workbench import Paperwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the program has whoever is signed in."""

    app: QApplication
    theme: Theme
    watch: InputWatch
    paperwork: Callable[[], Paperwork]
    chance: Callable[[], float]
    on_bug: Callable[[BaseException], None] | None = None

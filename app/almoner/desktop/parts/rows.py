"""One line of a list, ready to be painted: made on a reader thread, never changed."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt

from almoner.desktop.look.tokens import Tone

CellKind = Literal["plain", "strong", "quiet", "link", "tag", "figures"]

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
CELL_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the wide list: a text, perhaps a second line, perhaps drawn as a tag."""

    text: str
    second: str = ""
    kind: CellKind = "plain"
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record as a list shows it. `title`, `second`, `tag` and `reference` make the narrow form, `cells` the wide.

    `spoken` is the whole phrase a screen reader says: "Emeka Miah, pothole outside school, 3 days overdue".
    """

    id: str
    title: str
    spoken: str
    second: str = ""
    tag: str = ""
    tone: Tone = "neutral"
    reference: str = ""
    cells: tuple[Cell, ...] = ()
    is_unsent: bool = False

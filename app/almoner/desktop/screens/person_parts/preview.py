"""The side pane beside the list of residents: who is selected, how they are reached safely, their open cases."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from almoner.casework.person_page import PersonPage
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.banners import Banner, EmptyState, Weight
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screen import Target
from almoner.desktop.screens.case_parts.showing import tone_of
from almoner.records.trouble import Trouble

_WEIGHTS: dict[str, Weight] = {"red": "danger", "orange": "warning", "neutral": "warning", "blue": "notice"}
_MOST_CASES = 6


class PersonPreview(QScrollArea):
    """The pane."""

    def __init__(self, theme: Theme, go: Callable[[Target], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._go = theme, go
        self.setAccessibleName("About the resident selected")
        self.setProperty("kind", "panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(0)
        inside = QWidget()
        inside.setProperty("kind", "panel")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(14, 14, 14, 14)
        self._column.setSpacing(13)
        self.empty = EmptyState(theme, "user", "Nobody is selected", "Choose somebody in the list to see who it is.")
        self.banner = Banner(theme)
        self.who = Card(theme, "user", "Resident")
        self.reach = Card(theme, "phone", "How to reach")
        self.cases = Card(theme, "folder-open", "Open cases")
        for part in (self.empty, self.banner, self.who, self.reach, self.cases):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.forget()

    def forget(self) -> None:
        """Nobody is selected."""
        for part in (self.banner, self.who, self.reach, self.cases):
            part.hide()
        self.empty.say("Nobody is selected", "Choose somebody in the list to see who it is.")
        self.empty.show()

    def fail(self, trouble: Trouble) -> None:
        """Say why somebody cannot be shown."""
        self.forget()
        self.empty.say(trouble.what, trouble.do)

    def show_page(self, page: PersonPage) -> None:
        """Show a person."""
        self.empty.hide()
        said = page.banner
        if said.headline and said.tone in ("red", "orange"):
            self.banner.say(_WEIGHTS[said.tone], said.headline, " ".join(said.lines[:3]))
        else:
            self.banner.clear()
        self._show_who(page)
        self._show_reach(page)
        self._show_cases(page)

    def _show_who(self, page: PersonPage) -> None:
        self.who.clear()
        self.who.show()
        self.who.add(label(page.name, "strong", wraps=True, can_select=True))
        if page.second:
            self.who.add(label(page.second, "small", wraps=True))
        for home in [home for home in page.homes if not home.is_over][:2]:
            self.who.add_fact("eye-off" if home.is_masked else "map-pin", home.words)
        for need in page.needs:
            self.who.add_fact("accessibility", need)
        if page.relatives:
            self.who.add_fact("users", ", ".join(each.name for each in page.relatives))
        person_id = page.view.person.id
        self.who.add(
            Button(self._theme, "Open", name=f"Open {page.name}", run=lambda: self._go(Target("person", person_id)))
        )

    def _show_reach(self, page: PersonPage) -> None:
        self.reach.clear()
        current = [each for each in page.reach if not each.is_over]
        self.reach.setVisible(bool(current))
        for each in current:
            words = self.reach.add_fact(each.icon, each.words if each.may.allowed else f"{each.words}: do not use")
            if not each.may.allowed:
                words.setProperty("kind", "wrong")

    def _show_cases(self, page: PersonPage) -> None:
        self.cases.clear()
        parts = page.open_cases
        self.cases.setVisible(bool(parts))
        for part in parts[:_MOST_CASES]:
            words, tone = (part.marks.due, part.marks.due_tone) if part.marks.due else (part.marks.stage, "neutral")
            name = f"Open case {part.row.title}, {part.row.reference}, {words}"
            self.cases.add(Button(self._theme, part.row.title, kind="link", name=name, run=self._opener(part.row.id)))
            row = QVBoxLayout()
            row.addWidget(Tag(self._theme, words, tone_of(tone)), 0, Qt.AlignmentFlag.AlignLeft)
            self.cases.add(row)
        if len(parts) > _MOST_CASES:
            self.cases.add(label(f"and {len(parts) - _MOST_CASES} more", "small"))

    def _opener(self, case_id: str) -> Callable[[], None]:
        """Return what opens a case."""
        return lambda: self._go(Target("case", case_id))

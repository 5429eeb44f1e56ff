"""One resident: how they are reached safely above all, what they need, who lives with them, and every case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.person_page import Home, PersonPage, read_person_page
from almoner.casework.ports import Desk
from almoner.desktop.commands import Command, shortcut_text
from almoner.desktop.parts.banners import Banner, EmptyState, ErrorPanel, Weight
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, rule
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.case_parts.removing import RemovingForms
from almoner.desktop.screens.case_parts.sharing import SharingForms, sharing_items
from almoner.desktop.screens.case_parts.showing import tone_of
from almoner.desktop.screens.person_parts import cards
from almoner.desktop.screens.person_parts.cards import LinesCard
from almoner.desktop.screens.person_parts.dialogs import PersonDialogs
from almoner.records.trouble import Trouble

_WEIGHTS: dict[str, Weight] = {"red": "danger", "orange": "warning", "neutral": "warning", "blue": "notice"}


class PersonScreen(Screen):
    """Banner, header, and cards in two columns where there is room."""

    shows = frozenset(
        {
            "person", "address", "contact_point", "safe_contact_rule", "flag", "household_membership", "case",
            "clock", "consent_grant", "participant", "team", "user",
        }
    )  # fmt: skip

    def build(self) -> None:
        """Make the page and register what can be done on it."""
        self._desk: Desk = self.around.work.desk
        self._person_id = ""
        self._page: PersonPage | None = None
        self._revealed: frozenset[str] = frozenset()
        self._wants_focus = False
        self._dialogs = PersonDialogs(self.around, self)
        self._sharing = SharingForms(self.around, self)
        self._removing = RemovingForms(self.around, self)
        self._commands = self._make_commands()
        self.around.commands.add(*self._commands)
        theme = self.around.theme
        self.banner = Banner(theme)
        self.name = label("", "title", wraps=True, can_select=True)
        self.second = label("", "quiet", wraps=True, can_select=True)
        self._make_cards()
        self._waiting = EmptyState(theme, "user", "No resident is open", "Press Ctrl+K and type part of a name.")
        self._wrong = ErrorPanel(theme)
        self._wrong.again.connect(self._read)
        self._shown = QWidget()
        self.stack = Stand(self._waiting, self._shown, self._wrong)
        self._lay_out()

    @property
    def page(self) -> PersonPage | None:
        """What is shown, once it has been read."""
        return self._page

    # What the shell asks

    def go(self, target: Target) -> None:
        """Show a person."""
        if target.id and target.id != self._person_id:
            self._person_id = target.id
            self._page = None
            self._revealed = frozenset()
            self.stack.bring(self._waiting)
            self._waiting.say("Reading", "")
            self.banner.clear()

    def shown(self) -> None:
        """Read the person anew; confidential addresses are hidden again."""
        self._revealed = frozenset()
        self._wants_focus = True
        self._read()

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again."""
        self._read()

    def fit(self, room: Room) -> None:
        """Put the two columns under one another where there is no room."""
        self.room = room
        wide = room >= Room.MEDIUM
        self._columns.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        for at, share in enumerate((1, 1, 0) if wide else (0, 0, 1)):
            self._columns.setStretch(at, share)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the header and the two columns."""
        return self._head, self._left, self._right

    # Layout

    def _make_cards(self) -> None:
        """Make the cards."""
        theme, act = self.around.theme, self._act
        self.reach = LinesCard(theme, "phone", "How to reach", "No telephone number or e-mail address.", act)
        self.homes = LinesCard(theme, "map-pin", "Addresses", "No address is known.", act)
        self.needs = LinesCard(theme, "accessibility", "Needs", "No needs are recorded.", act)
        self.household = LinesCard(theme, "users", "Household", "Nobody else is recorded in the household.", act)
        self.warnings = LinesCard(theme, "flag", "Safe contact and warnings", "None.", act)
        self.sharing = LinesCard(theme, "users", "Consent to share", "No other team was given consent.", act)
        self.cases = LinesCard(theme, "folder-open", "Cases", "No cases on this device.", act)
        self.reach.offer("Add number or e-mail", self._runner("contact"))
        self.homes.offer("Add address", self._runner("address"))
        self.needs.offer("Change needs", self._runner("edit"), icon="pencil")
        self.household.offer("Add to household", self._runner("household"))
        self.warnings.offer("Set safe contact rule", self._runner("safe"), icon="shield-alert")
        self.warnings.offer("Raise warning", self._runner("flag"), icon="flag")
        self.sharing.offer("Record consent", self._runner("consent"))
        self.cases.offer("New case for this person", self._runner("case"))

    def _lay_out(self) -> None:
        """Put banner, header and cards in their places."""
        self._left, self._right = QWidget(), QWidget()
        sides = ((self._left, (self.cases, self.household)), (self._right, (self.reach, self.homes)))
        more = {self._left: (self.warnings, self.sharing), self._right: (self.needs,)}
        for side, parts in sides:
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(14)
            for card in (*parts, *more[side]):
                column.addWidget(card)
            column.addStretch(1)
        inside = QWidget()
        inside.setProperty("kind", "panel")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._columns.setContentsMargins(18, 16, 18, 16)
        self._columns.setSpacing(14)
        self._columns.addWidget(self._left, 1)
        self._columns.addWidget(self._right, 1)
        self._columns.addStretch(0)
        area = QScrollArea()
        area.setProperty("kind", "panel")
        area.setAccessibleName("About this person")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._area = area
        page = QVBoxLayout(self._shown)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.banner)
        page.addWidget(self._make_head())
        page.addWidget(rule())
        page.addWidget(area, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def _make_head(self) -> QWidget:
        """Make name, second line, tags and buttons."""
        theme = self.around.theme
        self._head = QWidget()
        self._tags = QWidget()
        self._flow = FlowLayout(self._tags)
        self.new_case = Button(theme, "New case", icon="plus", kind="go", run=self._runner("case"))
        self.edit = Button(theme, "Edit details", icon="pencil", run=self._runner("edit"))
        self.more = Button(theme, name="More things to do", icon="ellipsis", kind="icon", run=self._show_menu)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.name)
        words.addWidget(self.second)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addLayout(words, 1)
        self._buttons = (self.new_case, self.edit, self.more)
        for button in self._buttons:
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self._head)
        column.setContentsMargins(22, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._tags)
        return self._head

    # Showing

    def _read(self) -> None:
        """Ask for the page; a newer question drops an older one."""
        if self._person_id:
            job = partial(read_person_page, desk=self._desk, person_id=self._person_id)
            self.around.doors.read(job, done=self._show, trouble=self._fail, key=(id(self), "person"))

    def _show(self, page: PersonPage) -> None:
        """Show what was read."""
        if page.view.person.id != self._person_id:
            return
        self._page = page
        self.name.setText(page.name)
        self.second.setText(page.second)
        self.second.setVisible(bool(page.second))
        self._show_banner(page)
        self._show_tags(page)
        self._show_cards(page)
        self.stack.bring(self._shown)
        if self._wants_focus:
            self._wants_focus = False
            (self.new_case if not page.closed_to_us else self._head).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_banner(self, page: PersonPage) -> None:
        """What must be known before anything else, over everything."""
        said = page.banner
        if not said.headline:
            self.banner.clear()
            return
        title = said.headline
        words = " ".join(line if line.endswith((".", "!", "?")) else f"{line}." for line in said.lines)
        icon = "shield-alert" if said.tone == "red" else ""
        self.banner.say(_WEIGHTS[said.tone], title, words, icon=icon)

    def _show_tags(self, page: PersonPage) -> None:
        """The tags under the name."""
        while (old := self._flow.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for each in page.marks:
            self._flow.addWidget(Tag(self.around.theme, each.words, tone_of(each.tone)))
        self._tags.setVisible(bool(page.marks))

    def _show_cards(self, page: PersonPage) -> None:
        """The cards; nothing of a person who is only for another team."""
        self._area.setVisible(not page.closed_to_us)
        for button in self._buttons:
            button.setVisible(not page.closed_to_us)
        self.reach.show_items(cards.reach_items(page))
        self.homes.show_items(cards.home_items(page, self._revealed))
        self.homes.note(page.hidden_homes)
        self.sharing.show_items(sharing_items(page.consents))
        self.needs.show_items(cards.need_items(page))
        self.household.show_items(cards.relative_items(page))
        self.warnings.show_items(cards.warning_items(page))
        self.cases.show_items(cards.case_items(page))

    def _fail(self, trouble: Trouble) -> None:
        """Say why the person cannot be shown."""
        self._page = None
        self._wrong.say(trouble)
        self.stack.bring(self._wrong)

    # Acting

    def _make_commands(self) -> tuple[Command, ...]:
        """List every act on a person, with its keys."""
        acts: Sequence[tuple[str, str, str, str, Callable[[], None]]] = (
            ("case", "New case for this person", "Alt+Shift+N", "folder-plus", self._to_new_case),
            ("edit", "Edit details", "Alt+Shift+E", "pencil", partial(self._ask, "edit")),
            ("address", "Add address", "Alt+Shift+A", "map-pin", partial(self._ask, "address")),
            ("contact", "Add number or e-mail", "Alt+Shift+C", "phone", partial(self._ask, "contact")),
            ("safe", "Set safe contact rule", "Alt+Shift+S", "shield-alert", partial(self._ask, "safe_contact")),
            ("flag", "Raise warning", "Alt+Shift+W", "flag", partial(self._ask, "flag")),
            ("household", "Add to household", "Alt+Shift+H", "users", partial(self._ask, "household")),
            ("consent", "Record consent to share", "Alt+Shift+T", "users", self._ask_consent),
            ("remove", "Take away what was entered by mistake", "Alt+Shift+X", "x", self._ask_removal),
        )
        return tuple(
            Command(
                id=f"person.{name}", title=title, group="Resident", shortcut=keys, icon=icon, run=run,
                enabled=self._is_open,
            )
            for name, title, keys, icon, run in acts
        )  # fmt: skip

    def _is_open(self) -> bool:
        """Whether a person we may work on is in front."""
        return self._page is not None and not self._page.closed_to_us and self.isVisible()

    def _runner(self, name: str) -> Callable[[], None]:
        """Return what gives a command of the person."""
        return lambda: self.around.commands.run(f"person.{name}")

    def _ask(self, form: str) -> None:
        """Open a form about the person."""
        if self._page is not None:
            getattr(self._dialogs, form)(self._page, self._say)

    def _ask_consent(self) -> None:
        """Record that the person agreed to be seen by one more team."""
        if self._page is not None:
            self._sharing.consent(self._page, self._say)

    def _ask_removal(self) -> None:
        """Take away a number or an address that was entered by mistake."""
        if self._page is not None:
            self._removing.of_person(self._page, self._say)

    def _say(self, words: str) -> None:
        """Tell what was done."""
        self.around.say(words, None)

    def _to_new_case(self) -> None:
        """Log a case about the person."""
        self.around.go(Target("new-case", self._person_id))

    def _show_menu(self) -> None:
        """List what can be done."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in self._commands:
            action = menu.addAction(f"{command.title}\t{shortcut_text(command.shortcut)}")
            action.triggered.connect(partial(self.around.commands.run, command.id))
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _act(self, item_id: str, act: str) -> None:
        """Do to a line what was asked for."""
        page = self._page
        if page is None:
            return
        if act in ("case", "person"):
            self.around.go(Target(act, item_id))
        elif act == "reveal":
            self._dialogs.reveal(self._home(page, item_id), partial(self._reveal, item_id))
        elif act == "correct":
            self._dialogs.correct(self._home(page, item_id), self._say)
        elif act == "end-contact":
            point = next(each.point for each in page.reach if each.point.id == item_id)
            self._dialogs.end_contact(point, self._say)
        elif act == "end-rule":
            self._dialogs.end_rule(next(each.rule for each in page.rules if each.rule.id == item_id), self._say)
        elif act == "end-flag":
            self._dialogs.end_flag(next(each.flag for each in page.warnings if each.flag.id == item_id), self._say)
        elif act == "end-sharing":
            self._sharing.end_consent(next(each for each in page.consents if each.id == item_id), self._say)
        elif act == "leave":
            relative = next(each for each in page.relatives if each.person_id == item_id)
            self._dialogs.leave(relative.membership, relative.name, self._say)

    def _home(self, page: PersonPage, address_id: str) -> Home:
        return next(home for home in page.homes if home.address.id == address_id)

    def _reveal(self, address_id: str, _why: str) -> None:
        """Show a confidential address until the page is left; the log notes that it was shown, not what it is."""
        self._desk.log(f"confidential address {address_id} shown to {self._desk.me.id}")
        self._revealed |= {address_id}
        if self._page is not None:
            self._show_cards(self._page)

"""The screens of the window, listed by hand so that an installer cannot lose one: adding a screen adds a line."""

from almoner.casework.devices_page import LOOKS_AFTER
from almoner.desktop.screen import Section
from almoner.desktop.screens.case import CaseScreen
from almoner.desktop.screens.cases import Cases
from almoner.desktop.screens.conflict import ConflictScreen
from almoner.desktop.screens.devices import Devices
from almoner.desktop.screens.letter import LetterScreen
from almoner.desktop.screens.letters import Letters
from almoner.desktop.screens.my_work import MyWork
from almoner.desktop.screens.new_case import NewCaseScreen
from almoner.desktop.screens.new_person import NewPerson
from almoner.desktop.screens.person import PersonScreen
from almoner.desktop.screens.reports import Reports
from almoner.desktop.screens.residents import Residents
from almoner.desktop.screens.settle import Settle
from almoner.desktop.screens.sync import Sync

SECTIONS: tuple[Section, ...] = (
    Section(id="work", title="My work", icon="house", make=MyWork),
    Section(id="residents", title="Residents", icon="users", make=Residents),
    Section(id="cases", title="Cases", icon="folder-open", make=Cases),
    Section(id="letters", title="Letters", icon="mail", make=Letters),
    Section(id="reports", title="Reports", icon="chart-column", make=Reports),
    Section(id="sync", title="Sync", icon="refresh-cw", make=Sync),
    Section(id="settle", title="To settle", icon="undo-2", make=Settle),
    Section(id="devices", title="Devices", icon="laptop", make=Devices, roles=LOOKS_AFTER),
    Section(id="person", title="Resident", icon="user", make=PersonScreen, in_navigation=False, belongs_to="residents"),
    Section(
        id="new-person",
        title="New resident",
        icon="user-plus",
        make=NewPerson,
        in_navigation=False,
        belongs_to="residents",
    ),
    Section(id="case", title="Case", icon="folder-open", make=CaseScreen, in_navigation=False, belongs_to="cases"),
    Section(
        id="new-case", title="New case", icon="folder-plus", make=NewCaseScreen, in_navigation=False, belongs_to="cases"
    ),
    Section(
        id="conflict",
        title="Two values",
        icon="arrow-right-left",
        make=ConflictScreen,
        in_navigation=False,
        belongs_to="settle",
    ),
    Section(id="letter", title="Letter", icon="mail", make=LetterScreen, in_navigation=False, belongs_to="letters"),
)
"""Those in the navigation stand in the order in which they are shown there."""

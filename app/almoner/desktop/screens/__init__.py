"""The screens of the window, listed by hand so that an installer cannot lose one: adding a screen adds a line."""

from almoner.desktop.screen import Section
from almoner.desktop.screens.cases import Cases
from almoner.desktop.screens.my_work import MyWork

SECTIONS: tuple[Section, ...] = (
    Section(id="work", title="My work", icon="house", make=MyWork),
    Section(id="cases", title="Cases", icon="folder-open", make=Cases),
)
"""Those in the navigation stand in the order in which they are shown there."""

"""The screens of the window, listed by hand so that an installer cannot lose one: adding a screen adds a line."""

from almoner.desktop.screen import Section

SECTIONS: tuple[Section, ...] = ()

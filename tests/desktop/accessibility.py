"""Walks a window as assistive technology sees it."""

from collections.abc import Iterator

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

Role = QAccessible.Role

INTERACTIVE = frozenset(
    {
        Role.Button,
        Role.PushButton,
        Role.CheckBox,
        Role.RadioButton,
        Role.EditableText,
        Role.ComboBox,
        Role.List,
        Role.Table,
        Role.Slider,
        Role.SpinBox,
        Role.PageTab,
        Role.PageTabList,
        Role.MenuItem,
        Role.Link,
    }
)
_STOP = frozenset({Role.List, Role.Table, Role.Tree})


def walk(root: QWidget) -> Iterator[QAccessibleInterface]:
    """Yield every visible thing in a window; a list or table counts as one, for it may hold a million."""
    start = QAccessible.queryAccessibleInterface(root)
    assert start is not None, "a window can be asked"
    waiting = [start]
    while waiting:
        thing = waiting.pop()
        if thing.state().invisible:
            continue
        yield thing
        if thing.role() not in _STOP:
            waiting.extend(child for at in range(thing.childCount()) if (child := thing.child(at)) is not None)


def nameless(root: QWidget) -> list[str]:
    """Return what a screen reader could not name, as "role in class"."""
    found = []
    for thing in walk(root):
        if thing.role() in INTERACTIVE and not thing.text(QAccessible.Text.Name).strip():
            owner = thing.object()
            found.append(f"{thing.role().name} in {type(owner).__name__ if owner else '?'}")
    return found


def small_targets(root: QWidget, least: int = 24) -> list[str]:
    """Return the buttons that are smaller than WCAG 2.2 (2.5.8) asks, in pixels."""
    return [
        f"{button.accessibleName() or button.text()} {button.width()}x{button.height()}"
        for button in root.findChildren(QAbstractButton)
        if button.isVisible() and (button.width() < least or button.height() < least)
    ]


def clipped(root: QWidget) -> list[str]:
    """Return the labels whose words do not fit the room they have."""
    found = []
    for words in root.findChildren(QLabel):
        if not words.isVisible() or not words.text() or words.width() == 0:
            continue
        needed = words.heightForWidth(words.width()) if words.wordWrap() else words.sizeHint().height()
        wide = 0 if words.wordWrap() else words.sizeHint().width()
        if needed > words.height() + 1 or wide > words.width() + 1:
            found.append(f"{words.text()[:40]!r} needs {wide}x{needed}, has {words.width()}x{words.height()}")
    return found

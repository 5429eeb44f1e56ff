"""Lets Tab follow the layout, whatever order the widgets were made in."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def follow_layout(root: QWidget) -> None:
    """Make Tab go through everything in `root` as it is laid out. Call again when widgets were put in."""
    for first, second in pairwise(list(_stops(root))):
        QWidget.setTabOrder(first, second)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield what can take the keyboard, in the order of the layouts."""
    layout = widget.layout()
    inside = widget.widget() if isinstance(widget, QScrollArea) else None
    if inside is not None:
        yield from _stops(inside)
    elif layout is not None:
        yield from _laid_out(layout)
    elif widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
        yield widget


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    """Yield what a layout holds."""
    for at in range(layout.count()):
        item = layout.itemAt(at)
        if item is None:
            continue
        inner, widget = item.layout(), item.widget()
        if widget is not None:
            yield from _stops(widget)
        elif inner is not None:
            yield from _laid_out(inner)

"""The sheet that lists every key, read from the commands themselves."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.desktop.commands import Commands, shortcut_text
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label

_EVERYWHERE = (
    ("Move to the next control", "Tab"),
    ("Move in a list, in tabs or in filters", "Arrow keys"),
    ("Open what is selected", "Enter"),
    ("Back out, one step at a time", "Esc"),
)


class HelpSheet(QDialog):
    """Every command that has a key, under its heading."""

    def __init__(self, theme: Theme, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        inside = QWidget()
        inside.setProperty("kind", "page")
        grid = QGridLayout(inside)
        grid.setContentsMargins(24, 16, 24, 16)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        groups = {"Everywhere": _EVERYWHERE} | {
            group: tuple((command.title, shortcut_text(command.shortcut)) for command in listed if command.shortcut)
            for group, listed in commands.by_group().items()
        }
        row = 0
        for group, lines in groups.items():
            if not lines:
                continue
            heading = label(group, "heading")
            heading.setContentsMargins(0, 12 if row else 0, 0, 0)
            grid.addWidget(heading, row, 0, 1, 2)
            for title, keys in lines:
                row += 1
                grid.addWidget(label(title, wraps=True), row, 0)
                grid.addWidget(label(keys, "key"), row, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setAccessibleName("List of keys")
        close = Button(theme, "Close", run=self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 16)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(area, 1)
        column.addLayout(foot)
        self.resize(theme.look.px(560), min(theme.look.px(640), parent.height()))
        close.setFocus()

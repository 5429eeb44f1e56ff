"""The one style sheet, generated from the tokens: what Qt can dress without painting by hand.

Widgets are told apart by the property `kind` (see `theme.mark`), never by a style sheet of their own.
"""

from collections.abc import Callable
from string import Template

from almoner.desktop.look.tokens import Tokens

_SHEET = Template("""
* { font-family: "$family"; font-size: ${p14}px; color: $text; outline: none; }
QMainWindow, QDialog, QStackedWidget, QWidget[kind="page"] { background: $page; }
QWidget[kind="panel"], QScrollArea[kind="panel"] { background: $panel; }
QWidget[kind="clear"], QScrollArea[kind="clear"] { background: transparent; }
QFrame[kind="card"] { background: $card; border: 1px solid $card_edge; border-radius: ${p5}px; }
QFrame[kind="topbar"] { background: $page; border: none; border-bottom: 1px solid $line; }
QFrame[kind="foot"] { background: $page; border: none; border-top: 1px solid $line; }
QFrame[kind="popup"] { background: $card; border: 1px solid $edge; border-radius: ${p5}px; }
QFrame[kind="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="upright"] { background: $line; border: none; max-width: 1px; min-width: 1px; }

QLabel { background: transparent; }
QLabel[kind="title"] { font-size: ${p22}px; font-weight: 700; }
QLabel[kind="heading"] { font-size: ${p17}px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="label"] { font-size: ${p14}px; font-weight: 600; }
QLabel[kind="quiet"] { font-size: ${p13}px; color: $quiet; }
QLabel[kind="small"] { font-size: ${p13}px; color: $quiet; }
QLabel[kind="card-title"] { font-size: ${p13}px; font-weight: 600; }
QLabel[kind="wrong"] { font-size: ${p14}px; font-weight: 600; color: $wrong; }
QLabel[kind="good"] { font-size: ${p14}px; font-weight: 600; color: $good; }
QLabel[kind="banner-title"] { font-size: ${p15}px; font-weight: 700; }
QLabel[kind="banner"] { font-size: ${p14}px; font-weight: 500; }
QLabel[kind="toast"] { color: $toast_text; font-weight: 500; }
QLabel[kind="key"] { font-size: ${p13}px; font-weight: 600; color: $quiet; background: $panel;
    border: 1px solid $card_edge; border-radius: ${p4}px; padding: ${p1}px ${p6}px; }

QPushButton { background: $button; border: 1px solid $edge; border-radius: ${p5}px;
    padding: ${p6}px ${p12}px; min-height: ${p18}px; font-weight: 500; }
QPushButton:hover { background: $hover; border-color: $text; }
QPushButton:pressed, QPushButton:checked { background: $press; }
QPushButton:disabled { color: $hint; border-color: $line; }
QPushButton[kind="go"] { background: $go; color: $on_go; border: 1px solid $go; border-bottom: 2px solid $go_foot;
    font-weight: 600; }
QPushButton[kind="go"]:hover, QPushButton[kind="go"]:pressed { background: $go_hover; }
QPushButton[kind="go"]:disabled { background: $press; color: $hint; border-color: $line; }
QPushButton[kind="danger"] { background: $danger; color: $on_danger; border: 1px solid $danger; font-weight: 600; }
QPushButton[kind="link"] { background: transparent; border: none; color: $link; padding: ${p4}px ${p2}px;
    font-weight: 500; text-align: left; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="toast"] { background: transparent; border: 1px solid $toast_text; color: $toast_text; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent; padding: ${p6}px;
    min-width: ${p20}px; min-height: ${p20}px; }
QPushButton[kind="icon"]:hover, QPushButton[kind="icon"]:pressed { background: $press; }

QLineEdit, QTextEdit, QPlainTextEdit { background: $page; border: 1px solid $edge; border-radius: ${p4}px;
    padding: ${p6}px ${p10}px; selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $hint; }
QTextEdit[kind="bare"] { background: transparent; border: none; padding: 0; }
QLineEdit { min-height: ${p20}px; }
QLineEdit:disabled, QTextEdit:disabled, QPlainTextEdit:disabled { background: $panel; color: $hint;
    border-color: $line; }
QLineEdit[kind="search"] { padding-left: ${p38}px; }
QLineEdit[wrong="true"], QTextEdit[wrong="true"], QPlainTextEdit[wrong="true"] { border: 2px solid $wrong; }
QComboBox, QAbstractSpinBox { background: $page; border: 1px solid $edge; border-radius: ${p4}px;
    padding: ${p6}px ${p10}px; min-height: ${p20}px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $edge; selection-background-color: $selected;
    selection-color: $text; padding: ${p4}px; }
QCheckBox, QRadioButton { spacing: ${p10}px; min-height: ${p28}px; background: transparent; }

QAbstractItemView { background: $page; border: none; selection-background-color: $selected; selection-color: $text; }
QListView[kind="clear"] { background: transparent; }
QHeaderView { background: $page; border: none; }
QHeaderView::section { background: $page; color: $quiet; border: none; border-bottom: 1px solid $line;
    padding: ${p8}px ${p12}px; font-size: ${p13}px; font-weight: 600; text-align: left; }
QTableView { gridline-color: $line; }

QTabBar { background: transparent; border: none; }
QTabBar::tab { background: transparent; color: $link; border: none; border-bottom: 3px solid transparent;
    padding: ${p8}px ${p4}px ${p9}px ${p4}px; margin-right: ${p14}px; font-weight: 500; }
QTabBar::tab:hover { color: $text; border-bottom: 3px solid $card_edge; }
QTabBar::tab:selected { color: $text; border-bottom: 3px solid $accent; }
QTabBar::tab:disabled { color: $hint; }
QTabBar::scroller { width: ${p28}px; }

QMenu { background: $card; border: 1px solid $edge; border-radius: ${p5}px; padding: ${p4}px; }
QMenu::item { padding: ${p7}px ${p28}px ${p7}px ${p12}px; border-radius: ${p4}px; }
QMenu::item:selected { background: $selected; color: $text; }
QMenu::item:disabled { color: $hint; }
QMenu::separator { height: 1px; background: $line; margin: ${p4}px ${p8}px; }
QToolTip { background: $toast_back; color: $toast_text; border: 1px solid $toast_edge; padding: ${p4}px ${p6}px;
    font-size: ${p13}px; }

QScrollBar:vertical { background: transparent; width: ${p12}px; margin: 0; }
QScrollBar::handle:vertical { background: $thumb; border-radius: ${p4}px; margin: ${p2}px; min-height: ${p36}px; }
QScrollBar:horizontal { background: transparent; height: ${p12}px; margin: 0; }
QScrollBar::handle:horizontal { background: $thumb; border-radius: ${p4}px; margin: ${p2}px; min-width: ${p36}px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none;
    width: 0; height: 0; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QProgressBar { background: $ring_track; border: none; border-radius: ${p4}px; min-height: ${p8}px;
    max-height: ${p8}px; }
QProgressBar::chunk { background: $accent; border-radius: ${p4}px; }
QScrollArea { border: none; background: transparent; }
""")


def sheet_of(tokens: Tokens, px: Callable[[float], int], family: str) -> str:
    """Return the style sheet of a theme; `px` turns design pixels into logical ones."""
    colours = {name: value for name in Tokens.__dataclass_fields__ if isinstance(value := getattr(tokens, name), str)}
    sizes = {f"p{size}": str(px(size)) for size in range(1, 41)}
    toast = {"toast_back": tokens.toast.back, "toast_text": tokens.toast.text, "toast_edge": tokens.toast.edge}
    inks = "".join(f'QLabel[ink="{tone}"] {{ color: {ink.text}; }}\n' for tone, ink in tokens.tones.items())
    inks += f'QLabel[ink="danger"] {{ color: {tokens.on_danger}; }}\n'
    return _SHEET.substitute(colours | sizes | toast, family=family) + inks

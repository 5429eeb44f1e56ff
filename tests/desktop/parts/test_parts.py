"""The small parts say in words what they show in colour."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.banners import Banner, EmptyState, ErrorPanel
from almoner.desktop.parts.buttons import Button, Select
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.due_ring import DueRing
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.parts.tags import ChipBar, Tag
from almoner.desktop.parts.timeline import Moment, Timeline
from almoner.desktop.parts.toasts import Toast
from almoner.records.trouble import Trouble
from tests.desktop.accessibility import nameless
from tests.desktop.pretend import World, delete
from tests.desktop.pretend_rows import MOMENTS

MAKERS: tuple[Callable[[Theme], QWidget], ...] = (
    lambda theme: Button(theme, name="More", icon="ellipsis", kind="icon"),
    lambda theme: Button(theme, "Save", icon="check", kind="go"),
    lambda theme: ChipBar(theme, "Show", (("a", "All"), ("b", "Mine"))),
    lambda theme: Tabs("Parts", (("a", "Timeline"), ("b", "Details"))),
    lambda theme: Field(theme, "Name", QLineEdit(), help_text="As it is on letters"),
    lambda theme: Select(theme, "Service"),
    lambda theme: Timeline(theme),
    lambda theme: EmptyState(theme, "inbox", "Nothing here", "Try another filter."),
    lambda theme: Card(theme, "clock", "Due"),
    lambda theme: ErrorPanel(theme),
    lambda theme: DueRing(theme),
    lambda theme: Tag(theme, "New", "blue"),
)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("choice", ["light", "contrast"])
def test_every_part_has_names_and_paints(
    theme: Theme, qtbot: QtBot, make: Callable[[Theme], QWidget], choice: str
) -> None:
    """Each part paints in every theme, lives through a change of it, and leaves no control without a name."""
    part = make(theme)
    part.show()
    theme.choose(choice)  # type: ignore[arg-type]  # parametrised with two of the choices
    theme.resize_text(200)
    picture = part.grab()
    found = nameless(part)
    delete(part)

    assert not picture.isNull()
    assert found == []


@pytest.mark.parametrize(
    ("days", "name"),
    [(2, "2 days left"), (1, "1 day left"), (0, "Due today"), (-1, "1 day overdue"), (-3, "3 days overdue")],
)
def test_due_ring_says_the_phrase(theme: Theme, days: int, name: str) -> None:
    """The ring says what it draws, and why, to a screen reader."""
    ring = DueRing(theme)

    ring.show_days(days, part_left=0.5, why="Inspect within 5 working days of 19 November.")
    said = ring.accessibleName(), ring.accessibleDescription()
    delete(ring)

    assert said == (name, "Inspect within 5 working days of 19 November.")


def test_due_ring_says_which_days_it_counts(theme: Theme) -> None:
    """Working days are called working days, so that ring and sentence never seem to disagree."""
    ring = DueRing(theme)

    ring.show_days(8, part_left=0.5, unit="working day")
    said, picture = ring.accessibleName(), ring.grab()
    delete(ring)

    assert said == "8 working days left"
    assert not picture.isNull()


def test_safe_contact_banner_cannot_be_missed(theme: Theme, qtbot: QtBot) -> None:
    """The banner is there in words, icon and a ground that fills its whole width in the danger colour."""
    banner = Banner(theme)
    hidden = banner.isVisibleTo(banner.parentWidget())
    banner.say("danger", "Do not telephone at home", "Text only.")
    banner.resize(500, 60)
    picture = banner.grab().toImage()
    grounds = {picture.pixelColor(x, 3).name() for x in range(12, 490, 20)}
    name = banner.accessibleName()
    delete(banner)

    assert not hidden
    assert name == "Do not telephone at home Text only."
    assert grounds == {theme.look.tokens.danger}


def test_field_speaks_its_error(theme: Theme) -> None:
    """What is wrong with a field is shown above it and spoken with it; the help stays."""
    line = QLineEdit()
    made = Field(theme, "Postcode", line, help_text="Like NM4 2QX")
    made.set_wrong("Type a whole postcode.")
    wrong = line.accessibleName(), line.accessibleDescription(), made.wrong
    made.set_wrong("")
    right = line.accessibleDescription(), made.wrong
    delete(made)

    assert wrong == ("Postcode", "Type a whole postcode. Like NM4 2QX", "Type a whole postcode.")
    assert right == ("Like NM4 2QX", "")


def test_labels_take_no_markup(theme: Theme) -> None:
    """Words typed by a person are shown as typed, never read as markup."""
    words = label("<b>Not bold</b>")
    card = Card(theme, "user", "Resident")
    fact = card.add_fact("phone", "<img src='x'>")

    assert words.textFormat() == Qt.TextFormat.PlainText
    assert fact.textFormat() == Qt.TextFormat.PlainText
    delete(card)
    delete(words)


def test_card_can_be_cleared_and_filled(theme: Theme) -> None:
    """A card shows another record's facts without keeping the last one's."""
    card = Card(theme, "user", "Resident")
    card.add(label("Emeka Miah"))
    card.clear()
    card.add(label("Mei Quinn"))
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    texts = [words.text() for words in card.findChildren(type(label())) if words.isVisibleTo(card)]
    delete(card)

    assert texts == ["Resident", "Mei Quinn"]


def test_chips_move_with_the_arrows(theme: Theme, qtbot: QtBot) -> None:
    """Of a row of chips one is on; the arrow keys move it round and tell which."""
    bar = ChipBar(theme, "Show", (("open", "Open"), ("mine", "Mine"), ("late", "Overdue")))
    picked: list[str] = []
    bar.picked.connect(picked.append)
    bar.show()

    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(bar, key)
    current = bar.current
    delete(bar)

    assert picked == ["mine", "open", "late"]
    assert current == "late"


def test_toast_undoes(theme: Theme, qtbot: QtBot) -> None:
    """The message can take the act back, and only when there is something to take back."""
    window, undone = QWidget(), []
    window.resize(800, 600)
    toast = Toast(theme, window)
    window.show()
    toast.say("Note deleted", lambda: undone.append(1))
    button = toast.findChild(Button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    gone = not toast.isVisible()
    toast.say("Saved")
    offered = button.isVisible()
    delete(window)

    assert undone == [1]
    assert gone
    assert not offered


def test_a_toast_covers_nothing_of_the_work(window: World, qtbot: QtBot) -> None:
    """The confirmation stands in the top bar beside the search box, so that it hides no reference, in any width."""
    shell = window.shell
    for width in (1440, 1000, 700):
        shell.resize(width, 800)
        shell.toast.say("Logged as ASH-7K4M-92QX-3. Investigate by Tue 5 January 2027; tell her", lambda: None)
        qtbot.waitUntil(lambda: shell.toast.geometry().left() > shell.search.geometry().right())
        toast, bar = shell.toast, shell.top

        assert bar.rect().contains(toast.geometry())
        assert toast.geometry().right() < shell.top.sync.geometry().left()
        assert shell.width() == width


def test_error_panel_says_what_where_and_what_next(theme: Theme) -> None:
    """Trouble in place of a page gives all three, and can be tried again."""
    panel = ErrorPanel(theme)
    panel.say(Trouble("The file cannot be read.", "Save it as CSV.", "line 3"))
    texts = {words.text() for words in panel.findChildren(type(label()))}
    delete(panel)

    assert texts == {"The file cannot be read.", "Save it as CSV.", "Where: line 3"}


def test_timeline_speaks_whole_phrases(theme: Theme) -> None:
    """Each moment is spoken whole: what, tag, who, when, words, and whether it is sent."""
    view = Timeline(theme)
    view.moments.show(MOMENTS[:2])
    role = Qt.ItemDataRole.AccessibleTextRole
    spoken = [view.moments.data(view.moments.index(at), role) for at in range(2)]
    delete(view)

    assert spoken[0].startswith("Spoke to Mrs Okafor. Priya Nair, Today 10:31. Damp has spread")
    assert spoken[0].endswith("Not sent yet")
    assert spoken[1].startswith("Visit booked. Visit booked. Priya Nair")


def test_timeline_puts_new_moments_in_without_a_reset(theme: Theme) -> None:
    """A new note goes in at its place; the others stay, so that the eye does not lose its line."""
    view = Timeline(theme)
    events: list[str] = []
    view.moments.show(MOMENTS)
    view.moments.modelReset.connect(lambda: events.append("reset"))
    view.moments.rowsInserted.connect(lambda _parent, first, last: events.append(f"in {first}-{last}"))
    view.moments.rowsRemoved.connect(lambda _parent, first, last: events.append(f"out {first}-{last}"))
    new = Moment(id="new", icon="message-square", title="Called back", by="Priya Nair", at="Today 11:00")

    view.moments.show((new, *MOMENTS[:3], *MOMENTS[4:]))
    delete(view)

    assert events == ["out 3-3", "in 0-0"]


def test_timeline_rows_grow_with_their_words(theme: Theme) -> None:
    """A row is as high as its words need at the width there is, also in large text."""
    view = Timeline(theme)
    view.moments.show(MOMENTS)
    view.show()
    heights = {}
    for width, percent in ((700, 100), (320, 100), (320, 200)):
        view.resize(QSize(width, 600))
        theme.resize_text(percent)
        QApplication.processEvents()
        heights[width, percent] = view.sizeHintForRow(0)
    delete(view)

    assert heights[700, 100] < heights[320, 100] < heights[320, 200]

"""The strip over the work while the first records still come."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.loading_strip import LoadingStrip, progress_words
from tests.desktop.accessibility import clipped
from tests.desktop.pretend import delete


def test_it_says_how_far_and_goes_away(theme: Theme, qtbot: QtBot) -> None:
    """Stage, n of total and a bar, in words for a screen reader; hidden before and after."""
    strip = LoadingStrip(theme)
    strip.resize(1000, 40)
    before = strip.words
    strip.say(1200, 51204, "receiving")
    during = (strip.words, strip.bar.value(), strip.bar.maximum(), strip.accessibleName())
    strip.say(3, 20, "indexing")
    preparing = strip.words
    strip.clear()
    after = strip.words
    delete(strip)

    assert before == after == ""
    assert during == ("Receiving: 1,200 of 51,204", 1200, 51204, "Receiving: 1,200 of 51,204")
    assert preparing == "Preparing search: 3 of 20"


def test_it_cuts_no_words_off_where_there_is_little_room(theme: Theme, qtbot: QtBot) -> None:
    """What does not fit is left out, not cut."""
    strip = LoadingStrip(theme)
    strip.say(1200, 51204, "receiving")
    found = []
    for percent, width in ((100, 1200), (100, 640), (200, 900)):
        theme.resize_text(percent)
        strip.resize(width, 60)
        qtbot.waitUntil(lambda width=width: strip.width() == width)
        found += clipped(strip)
    theme.resize_text(100)
    delete(strip)

    assert found == []


def test_a_total_that_is_not_known_is_not_said() -> None:
    """Without a total there is a count, and without a count only what is being done."""
    assert progress_words(0, 0, "greeting") == "Reaching the office"
    assert progress_words(7, 0, "receiving") == "Receiving: 7"

"""Tests of print profiles: the figures, the window, and what is refused."""

from pathlib import Path

import pytest

from almoner.paper.profiles import (
    Envelope,
    PrintProfile,
    Zone,
    always_visible,
    ever_visible,
    load_profiles,
    parse_profile,
)
from almoner.records.trouble import Trouble

PROFILES = Path(__file__).resolve().parents[2] / "resources" / "print-profiles"
DL = (PROFILES / "dl-window.toml").read_text(encoding="utf-8")


def test_notify_zones_are_those_of_its_specification(profiles: dict[str, PrintProfile]) -> None:
    """The provider refuses a letter with ink outside exactly these zones."""
    notify = profiles["notify"]

    assert notify.address == Zone(24.6, 39.5, 120, 66.3)
    assert notify.logo == Zone(15, 5, 125, 30)
    assert notify.sender == Zone(125, 5, 195, 95)
    assert notify.body == Zone(15, 95, 195, 292)
    assert notify.later == Zone(15, 5, 195, 292)
    assert (notify.most_pages, notify.fold_marks) == (10, ())


@pytest.mark.parametrize(("code", "band"), [("dl-window", (57, 81)), ("c5-window", (57, 88.5))])
def test_the_visible_band_is_worked_out_from_the_envelope(
    profiles: dict[str, PrintProfile], code: str, band: tuple[float, float]
) -> None:
    """What shows however the sheet slides runs from P-B-H+(E-P) to P-B."""
    envelope = profiles[code].envelope
    assert envelope is not None

    shows = always_visible(envelope, 210)

    assert (shows.top, shows.bottom) == band
    assert shows.holds(profiles[code].address)


def test_what_can_ever_show_goes_round_what_always_shows() -> None:
    """A sheet that slides up by the play of the envelope shows that much more below, and never less above."""
    envelope = Envelope(220, 110, 99, 90, 35, 20, 18)

    assert ever_visible(envelope, 210) == Zone(10, 46, 110, 92)
    assert ever_visible(envelope, 210).holds(always_visible(envelope, 210))


@pytest.mark.parametrize("code", ["notify", "dl-window", "c5-window"])
def test_only_the_address_may_stand_where_the_window_looks(profiles: dict[str, PrintProfile], code: str) -> None:
    """No zone that may carry ink, other than the address box, meets the clear zone."""
    profile = profiles[code]
    others = [zone for zone in profile.first_page if zone != profile.address]

    assert not any(zone.meets(profile.clear) for zone in others)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('code = "dl-window"', "", "“code” is missing"),
        ("page_width_mm = 210", 'page_width_mm = "wide"', "must be a number"),
        ("page_width_mm = 210", "page_width_mm = -1", "must be a number"),
        ("duplex = true", "duplex = 1", "true or false"),
        ("fold_marks_mm = [99, 198]", "fold_marks_mm = 99", "a list"),
        ("[margins]", "[margin]", "“margins” is missing"),
        ("window_height = 35", "", "“envelope.window_height” is missing"),
        ("window_height = 35", "window_height = 90", "“logo” would show in the window"),
        ("window_height = 35", "window_height = 5", "“address” has no area"),
        ("top = 96", "top = 80", "“body” would show in the window"),
        ("body_top = 101", "body_top = 90", "margins leave the zones"),
        ("sender_left = 130", "sender_left = 190", "outside the sender zone"),
        ("bottom = 278", "bottom = 290", "above the page number"),
        ("most_pages = 10", "most_pages = 0", "1 to 100 pages"),
        ("duplex = true", "duplex = ", "not valid TOML"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(old: str, new: str, says: str) -> None:
    """Each fault is named with its file, so that an administrator can put it right."""
    assert old in DL

    with pytest.raises(Trouble, match=says) as refused:
        parse_profile(DL.replace(old, new), "mine.toml")

    assert refused.value.where == "mine.toml"


def test_a_folder_without_profiles_is_refused(tmp_path: Path) -> None:
    """Without a profile nothing can be printed, and that is said at once."""
    with pytest.raises(Trouble, match="no print profiles"):
        load_profiles(tmp_path)


def test_two_profiles_may_not_share_a_code(tmp_path: Path) -> None:
    """A copy that was not given a code of its own must not replace the first silently."""
    (tmp_path / "a.toml").write_text(DL, encoding="utf-8")
    (tmp_path / "b.toml").write_text(DL, encoding="utf-8")

    with pytest.raises(Trouble, match="Two print profiles"):
        load_profiles(tmp_path)

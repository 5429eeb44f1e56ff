"""Every colour in the window, by purpose, once per theme. No other file names a colour.

The hues follow the palette of govuk-frontend (MIT). Pairs that must be legible are checked by the tests:
4.5:1 for text, 3:1 for the edges and marks of controls (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Tone = Literal["neutral", "blue", "green", "red", "orange", "yellow", "purple", "teal"]
TONES: tuple[Tone, ...] = ("neutral", "blue", "green", "red", "orange", "yellow", "purple", "teal")


@dataclass(frozen=True, slots=True)
class Ink:
    """A background, the text that stands on it, and the edge round it (the background again when it has none)."""

    back: str
    text: str
    edge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as `#rrggbb`."""

    name: str
    is_dark: bool
    # surfaces
    page: str
    """The ground of lists and pages."""
    panel: str
    """The side panel, on which cards lie."""
    card: str
    hover: str
    selected: str
    selected_mark: str
    # words
    text: str
    quiet: str
    link: str
    hint: str
    """Placeholder text; still readable, so 4.5:1."""
    # lines
    line: str
    """Hairlines between rows: decoration."""
    card_edge: str
    edge: str
    """The outline of a control: 3:1 on the page."""
    # navigation
    rail_top: str
    rail_bottom: str
    rail_text: str
    rail_quiet: str
    rail_selected: str
    rail_hover: str
    rail_mark: str
    rail_edge: str
    badge: Ink
    # actions
    accent: str
    on_accent: str
    go: str
    go_hover: str
    go_foot: str
    on_go: str
    danger: str
    on_danger: str
    press: str
    button: str
    # states
    wrong: str
    """Words and icons that say something is wrong."""
    warn: str
    good: str
    ring: str
    ring_late: str
    ring_good: str
    ring_track: str
    node: str
    node_edge: str
    thread: str
    """The vertical line of a timeline."""
    thumb: str
    toast: Ink
    focus: str
    focus_inner: str
    shade: str
    """Laid over the window when it is locked."""
    tones: Mapping[Tone, Ink]


def _tones(**inks: tuple[str, str]) -> Mapping[Tone, Ink]:
    """Return the eight tag tones from (background, text) pairs without an edge of their own."""
    assert set(inks) == set(TONES)
    return MappingProxyType({tone: Ink(inks[tone][0], inks[tone][1], inks[tone][0]) for tone in TONES})


LIGHT = Tokens(
    name="light",
    is_dark=False,
    page="#ffffff",
    panel="#ecf1f5",
    card="#ffffff",
    hover="#f3f7fb",
    selected="#e2edf6",
    selected_mark="#1d70b8",
    text="#0b0c0c",
    quiet="#484949",
    link="#1a65a6",
    hint="#5f6366",
    line="#d6dade",
    card_edge="#ced5db",
    edge="#6b7075",
    rail_top="#0f2d4a",
    rail_bottom="#0b2238",
    rail_text="#f2f6fa",
    rail_quiet="#a9c8e4",
    rail_selected="#174b7a",
    rail_hover="#133b60",
    rail_mark="#8fbce4",
    rail_edge="#0b2238",
    badge=Ink("#8fb8dc", "#071726", "#8fb8dc"),
    accent="#1d70b8",
    on_accent="#ffffff",
    go="#0f7a52",
    go_hover="#0b6845",
    go_foot="#06402b",
    on_go="#ffffff",
    danger="#ca3535",
    on_danger="#ffffff",
    press="#e4e9ee",
    button="#f7f9fb",
    wrong="#b3261e",
    warn="#a8480b",
    good="#0b6845",
    ring="#f47738",
    ring_late="#ca3535",
    ring_good="#158187",
    ring_track="#dfe5ea",
    node="#f4f8fb",
    node_edge="#cbd5de",
    thread="#d3dbe2",
    thumb="#87929c",
    toast=Ink("#0b2238", "#ffffff", "#0b2238"),
    focus="#ffdd00",
    focus_inner="#0b0c0c",
    shade="#0b2238",
    tones=_tones(
        neutral=("#e5e8eb", "#2b2f32"),
        blue=("#cfe1f2", "#0f385c"),
        green=("#cce4da", "#08402b"),
        red=("#f4d4d4", "#6a1414"),
        orange=("#fde0d2", "#6b2c06"),
        yellow=("#fff1a8", "#4a3f00"),
        purple=("#ddd6ea", "#361766"),
        teal=("#d0e6e7", "#0a4448"),
    ),
)

DARK = Tokens(
    name="dark",
    is_dark=True,
    page="#151c23",
    panel="#0d131a",
    card="#151c23",
    hover="#1b252f",
    selected="#1d3750",
    selected_mark="#66b1f0",
    text="#f5f7f9",
    quiet="#b7c0c8",
    link="#8ec5f5",
    hint="#a3adb6",
    line="#2b3640",
    card_edge="#2f3b46",
    edge="#8a96a1",
    rail_top="#0a1119",
    rail_bottom="#070c12",
    rail_text="#eaf0f5",
    rail_quiet="#a4b9cc",
    rail_selected="#17344e",
    rail_hover="#112536",
    rail_mark="#8fbce4",
    rail_edge="#232d37",
    badge=Ink("#8fb8dc", "#071726", "#8fb8dc"),
    accent="#66b1f0",
    on_accent="#071726",
    go="#0f7a52",
    go_hover="#0c6b48",
    go_foot="#053823",
    on_go="#ffffff",
    danger="#b32c2c",
    on_danger="#ffffff",
    press="#26323d",
    button="#1a232c",
    wrong="#ff9a92",
    warn="#ffab78",
    good="#6fd3a8",
    ring="#f47738",
    ring_late="#f0625d",
    ring_good="#3fb8bf",
    ring_track="#2b3640",
    node="#1a2530",
    node_edge="#37444f",
    thread="#33404b",
    thumb="#5f6d7a",
    toast=Ink("#eef3f7", "#0b0c0c", "#eef3f7"),
    focus="#ffdd00",
    focus_inner="#0b0c0c",
    shade="#070c12",
    tones=_tones(
        neutral=("#333d47", "#eef1f4"),
        blue=("#173f63", "#dcecfb"),
        green=("#0e4a33", "#d6f3e6"),
        red=("#6b191b", "#ffe1e0"),
        orange=("#6b3212", "#ffe6d8"),
        yellow=("#574a00", "#fff3b8"),
        purple=("#422a74", "#eae1fb"),
        teal=("#0f474b", "#d5f2f3"),
    ),
)

_BLACK, _WHITE, _CYAN, _YELLOW = "#000000", "#ffffff", "#00ffff", "#ffff00"
_OUTLINED = Ink(_BLACK, _WHITE, _WHITE)

HIGH_CONTRAST = Tokens(
    name="high contrast",
    is_dark=True,
    page=_BLACK,
    panel=_BLACK,
    card=_BLACK,
    hover="#1c2a38",
    selected="#00395c",
    selected_mark=_CYAN,
    text=_WHITE,
    quiet=_WHITE,
    link=_YELLOW,
    hint="#dddddd",
    line=_WHITE,
    card_edge=_WHITE,
    edge=_WHITE,
    rail_top=_BLACK,
    rail_bottom=_BLACK,
    rail_text=_WHITE,
    rail_quiet=_WHITE,
    rail_selected="#00395c",
    rail_hover="#1c2a38",
    rail_mark=_YELLOW,
    rail_edge=_WHITE,
    badge=Ink(_WHITE, _BLACK, _WHITE),
    accent=_CYAN,
    on_accent=_BLACK,
    go="#0f7a52",
    go_hover="#0c6b48",
    go_foot=_WHITE,
    on_go=_WHITE,
    danger="#b32c2c",
    on_danger=_WHITE,
    press="#00395c",
    button=_BLACK,
    wrong="#ffb3ad",
    warn=_YELLOW,
    good=_CYAN,
    ring=_CYAN,
    ring_late=_YELLOW,
    ring_good=_CYAN,
    ring_track="#33404b",
    node=_BLACK,
    node_edge=_WHITE,
    thread=_WHITE,
    thumb="#9fb2c4",
    toast=Ink(_BLACK, _WHITE, _WHITE),
    focus="#ffdd00",
    focus_inner=_BLACK,
    shade=_BLACK,
    tones=MappingProxyType(dict.fromkeys(TONES, _OUTLINED)),
)

"""The colours can be told apart."""

from itertools import product

import pytest

from almoner.desktop.look.tokens import DARK, HIGH_CONTRAST, LIGHT, TONES, Tokens

THEMES = (LIGHT, DARK, HIGH_CONTRAST)
GROUNDS = ("page", "card", "panel", "hover", "selected")
TEXT = (
    *product(("text", "quiet", "wrong"), GROUNDS),
    *product(("link",), ("page", "card", "hover", "selected")),
    *product(("hint",), ("page", "card")),
    *product(("good", "warn"), ("page", "card", "panel")),
    ("on_accent", "accent"),
    ("on_go", "go"),
    ("on_go", "go_hover"),
    ("on_danger", "danger"),
    ("text", "button"),
    ("text", "press"),
    *product(("rail_text",), ("rail_top", "rail_bottom", "rail_selected", "rail_hover")),
    ("rail_quiet", "rail_top"),
    ("rail_quiet", "rail_bottom"),
)
CONTROLS = (
    *product(("edge",), ("page", "card", "panel")),
    *product(("accent", "selected_mark"), ("page", "card")),
    ("rail_mark", "rail_top"),
    ("rail_mark", "rail_selected"),
    ("thumb", "page"),
    ("ring_late", "card"),
    ("ring_good", "card"),
)


def brightness(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_words_stand_out(theme: Tokens) -> None:
    """Every text on every ground it stands on has 4.5:1 (WCAG 1.4.3)."""
    found = {(one, other): round(contrast(getattr(theme, one), getattr(theme, other)), 2) for one, other in TEXT}
    found |= {(tone, "tag"): round(contrast(theme.tones[tone].text, theme.tones[tone].back), 2) for tone in TONES}
    found |= {("badge", ""): contrast(theme.badge.text, theme.badge.back)}
    found |= {("toast", ""): contrast(theme.toast.text, theme.toast.back)}

    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_controls_stand_out(theme: Tokens) -> None:
    """Every edge or mark that tells what a control is or which is chosen has 3:1 (WCAG 1.4.11)."""
    found = {(one, other): round(contrast(getattr(theme, one), getattr(theme, other)), 2) for one, other in CONTROLS}

    assert {pair: ratio for pair, ratio in found.items() if ratio < 3.0} == {}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_focus_ring_stands_out_everywhere(theme: Tokens) -> None:
    """One of the ring's two lines has 3:1 on any ground, and the two have it on each other (WCAG 2.4.13)."""
    grounds = [getattr(theme, ground) for ground in (*GROUNDS, "rail_top", "rail_selected", "go", "accent")]

    worst = min(max(contrast(theme.focus, ground), contrast(theme.focus_inner, ground)) for ground in grounds)

    assert worst >= 3.0
    assert contrast(theme.focus, theme.focus_inner) >= 3.0

"""Tests of the test page: true millimetres, the window where the profile says."""

import pytest
from tests.paper.looking import ink_box_mm, page_pictures, words_on

from almoner.paper.faces import Faces
from almoner.paper.profiles import PrintProfile, Zone
from almoner.paper.testpage import render_test_page


@pytest.mark.parametrize("code", ["notify", "dl-window", "c5-window"])
def test_the_ruler_and_the_profile_are_on_one_page(faces: Faces, profiles: dict[str, PrintProfile], code: str) -> None:
    """The page names its profile, says how to use it, and its millimetres run to the end of the sheet."""
    pdf = render_test_page(profiles[code], faces)
    read = words_on(pdf)

    assert pdf.pages == 1
    assert profiles[code].name in read
    assert "100%" in read
    assert "200" in read
    assert "290" in read


def test_the_red_outline_is_where_the_clear_zone_is(faces: Faces, profiles: dict[str, PrintProfile]) -> None:
    """What is laid against a real envelope agrees with what the profile forbids, to half a millimetre."""
    profile = profiles["dl-window"]
    clear = profile.clear

    picture = page_pictures(render_test_page(profile, faces))[0]
    ink = ink_box_mm(picture, Zone(clear.left - 1, clear.top - 1, clear.right + 1, clear.bottom + 1))

    assert ink is not None
    assert ink.left == pytest.approx(clear.left, abs=0.5)
    assert ink.top == pytest.approx(clear.top, abs=0.5)
    assert ink.right == pytest.approx(clear.right, abs=0.5)
    assert ink.bottom == pytest.approx(clear.bottom, abs=0.5)

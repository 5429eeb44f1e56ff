"""Looking at a finished letter as a post room would: is there ink where the print profile allows none?"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw

from almoner.paper.pictures import page_picture, page_sizes
from almoner.paper.profiles import PrintProfile, Zone

DPI = 100
_MM_AN_INCH = 25.4


def stray_ink(content: bytes, profile: PrintProfile) -> tuple[int, ...]:
    """The numbers, from 1, of the pages of a PDF that carry ink outside the zones of its profile.

    Raises Trouble when the PDF cannot be read.
    """
    stray = []
    for number in range(len(page_sizes(content))):
        zones = profile.first_page if number == 0 else profile.later_pages
        if ink_left(_grey_page(content, number), zones) is not None:
            stray.append(number + 1)
    return tuple(stray)


def ink_left(picture: Image.Image, zones: tuple[Zone, ...]) -> tuple[int, int, int, int] | None:
    """The box, in pixels at `DPI`, of the ink that is left when these zones are painted white."""
    left = picture.copy()
    draw = ImageDraw.Draw(left)
    for zone in zones:
        edges = [round(edge * DPI / _MM_AN_INCH) for edge in (zone.left, zone.top, zone.right, zone.bottom)]
        draw.rectangle((edges[0], edges[1], edges[2], edges[3]), fill=255)
    return ImageChops.invert(left).getbbox()


def _grey_page(content: bytes, number: int) -> Image.Image:
    page = page_picture(content, number, dpi=DPI)
    size = (page.width, page.height)
    return Image.frombuffer("RGB", size, page.pixels, "raw", "BGRX", page.stride, 1).convert("L")

"""Pages of a finished PDF as pictures: what the preview shows and what the printer is given, from the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pypdfium2

from almoner.paper.pdfium import MOST_PAGES, opened
from almoner.records.trouble import Trouble

POINTS_AN_INCH = 72
FINEST_DPI = 600


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page drawn: its size in pixels, the bytes of a row, and the pixels as blue, green, red and one unused.

    `wide_pt` and `high_pt` are the size of the paper in points.
    """

    width: int
    height: int
    stride: int
    pixels: bytes = field(repr=False)
    wide_pt: float
    high_pt: float


def page_sizes(content: bytes) -> tuple[tuple[float, float], ...]:
    """Return the width and height of each page in points. Raises Trouble when the PDF cannot be read."""
    with opened(content) as document:
        return tuple(document.get_page_size(number) for number in range(min(len(document), MOST_PAGES)))


def page_picture(content: bytes, number: int, *, dpi: float) -> PagePicture:
    """Draw page `number`, from 0, at so many dots an inch. Raises Trouble when there is no such page."""
    assert 0 < dpi <= FINEST_DPI, "a picture has a size, and a limit"
    with opened(content) as document:
        if not 0 <= number < len(document):
            raise Trouble("This paper has no such page.", "Choose a page it has.")
        page = document[number]
        try:
            return _drawn(page, dpi)
        finally:
            page.close()


def _drawn(page: pypdfium2.PdfPage, dpi: float) -> PagePicture:
    wide_pt, high_pt = page.get_size()
    bitmap = page.render(scale=dpi / POINTS_AN_INCH, force_bitmap_format=pypdfium2.raw.FPDFBitmap_BGRx)
    try:
        return PagePicture(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer), wide_pt, high_pt)
    finally:
        bitmap.close()

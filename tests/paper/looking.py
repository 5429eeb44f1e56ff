"""Looking at finished pages as a person would: where the ink is, and what the text says."""

from collections.abc import Iterable

import pypdfium2
from PIL import Image, ImageChops

from almoner.paper.ink import Pdf
from almoner.paper.profiles import Zone
from almoner.paper.proof import DPI, ink_left

_PX_PER_MM = DPI / 25.4


def page_pictures(pdf: Pdf) -> list[Image.Image]:
    """Render every page in grey."""
    document = pypdfium2.PdfDocument(pdf.content)
    try:
        return [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def page_texts(pdf: Pdf) -> list[str]:
    """Read the text of every page, lines parted by line feeds."""
    document = pypdfium2.PdfDocument(pdf.content)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    finally:
        document.close()


def ink_outside(picture: Image.Image, zones: Iterable[Zone]) -> tuple[int, int, int, int] | None:
    """Paint the zones white and return the box, in pixels, of any ink that is left."""
    return ink_left(picture, tuple(zones))


def ink_box_mm(picture: Image.Image, zone: Zone) -> Zone | None:
    """Return the box of the ink inside a zone, in millimetres of the sheet."""
    edges = [round(edge * _PX_PER_MM) for edge in (zone.left, zone.top, zone.right, zone.bottom)]
    found = ImageChops.invert(picture.crop((edges[0], edges[1], edges[2], edges[3]))).getbbox()
    if found is None:
        return None
    return Zone(*(edge / _PX_PER_MM + (zone.left, zone.top)[index % 2] for index, edge in enumerate(found)))


def words_on(pdf: Pdf) -> str:
    """Return the text of all pages on one line."""
    return " ".join(" ".join(page_texts(pdf)).split())

"""Reading the words of a finished PDF back, so that what is checked before printing is what will be printed."""

from __future__ import annotations

import pypdfium2

from almoner.paper.pdfium import MOST_PAGES, opened


def text_of(content: bytes) -> str:
    """Return the words of every page of a PDF, one page after another. Raises Trouble when it cannot be read."""
    with opened(content) as document:
        return "\n".join(_page_text(document, number) for number in range(min(len(document), MOST_PAGES)))


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    words = page.get_textpage()
    try:
        return str(words.get_text_bounded())
    finally:
        words.close()
        page.close()

"""Reading the words of a finished PDF back, so that what is checked before printing is what will be printed."""

from __future__ import annotations

import threading

import pypdfium2

from almoner.records.trouble import Trouble

MOST_PAGES = 400
"""No paper of ours is longer than this."""

_one_at_a_time = threading.Lock()
"""The PDF library must not be used by two threads at once."""


def text_of(content: bytes) -> str:
    """Return the words of every page of a PDF, one page after another. Raises Trouble when it cannot be read."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise Trouble("This PDF cannot be read.", "Make the letter again.") from error
        try:
            return "\n".join(_page_text(document, number) for number in range(min(len(document), MOST_PAGES)))
        finally:
            document.close()


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    words = page.get_textpage()
    try:
        return str(words.get_text_bounded())
    finally:
        words.close()
        page.close()

"""The one door to the PDF library, which must never be used by two threads at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2

from almoner.records.trouble import Trouble

MOST_PAGES = 400
"""No paper of ours is longer than this."""

_one_at_a_time = threading.Lock()


@contextmanager
def opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF, and hold every other thread off until it is closed. Raises Trouble when it cannot be read."""
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise Trouble("This PDF cannot be read.", "Make it again.") from error
        try:
            yield document
        finally:
            document.close()

"""Tests of tagged PDF: what a screen reader finds, and in which order."""

import ctypes
import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium
from tests.paper.conftest import MakeJob
from tests.paper.test_summary import SUMMARY

from almoner.paper.faces import Faces
from almoner.paper.ink import Pdf
from almoner.paper.letters import render_letter
from almoner.paper.profiles import PrintProfile
from almoner.paper.summary import render_summary


def _roles(pdf: Pdf, number: int = 0) -> list[str]:
    """Return the roles of the structure of a page, in reading order, as the reader's library gives them."""
    document = pypdfium2.PdfDocument(pdf.content)
    page = document[number]
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    count = pdfium.FPDF_StructTree_CountChildren(tree)
    found = [role for at in range(count) for role in _role_and_below(pdfium.FPDF_StructTree_GetChildAtIndex(tree, at))]
    pdfium.FPDF_StructTree_Close(tree)
    page.close()
    document.close()
    return found


def _role_and_below(element: object) -> Iterator[str]:
    """Give the role of an element and of everything within it."""
    if not element:
        return
    room = ctypes.create_string_buffer(100)
    long = pdfium.FPDF_StructElement_GetType(element, room, 100)
    yield room.raw[: long - 2].decode("utf-16-le")
    for at in range(pdfium.FPDF_StructElement_CountChildren(element)):
        yield from _role_and_below(pdfium.FPDF_StructElement_GetChildAtIndex(element, at))


def test_a_letter_is_read_as_heading_and_paragraphs(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """The subject is the one heading, and everything else that is to be read is a paragraph."""
    roles = _roles(render_letter(make_job(), profiles["dl-window"], faces))

    assert roles[0] == "Document"
    assert roles.count("H1") == 1
    assert set(roles[1:]) == {"H1", "P"}
    assert len(roles) > 15


def test_a_summary_has_headings_and_tables(faces: Faces) -> None:
    """Tables are read cell by cell, under their heads."""
    roles = _roles(render_summary(SUMMARY, faces))

    assert {"H1", "H2", "P", "Table", "TR", "TH", "TD"} <= set(roles)
    assert roles.count("TH") > roles.count("Table")


def test_every_mark_is_either_read_or_decoration(
    make_job: MakeJob, faces: Faces, profiles: dict[str, PrintProfile]
) -> None:
    """The file declares itself tagged, and has as many pages in its structure as on paper."""
    pdf = render_letter(make_job(text_pt=24.0), profiles["dl-window"], faces)

    assert b"/MarkInfo" in pdf.content
    assert b"/Marked true" in pdf.content
    assert len(re.findall(rb"/StructParents \d+", pdf.content)) == pdf.pages
    assert all("P" in _roles(pdf, number) for number in range(pdf.pages))

"""The test page of a print profile: a ruler, the window, the address box and every zone, to lay against real envelopes.

Fold it, slide it about in the envelope, and read off the ruler what shows. It carries no personal details.
"""

from __future__ import annotations

from almoner.paper.faces import MEDIUM, REGULAR, SEMIBOLD, Faces
from almoner.paper.flow import HAIRLINE, INK, QUIET, TINT, Bar, Colour, Glyphs, Mark, Type, paragraph, plain
from almoner.paper.ink import MM, Paper, Pdf, Sheet, placed, words
from almoner.paper.profiles import PrintProfile, Zone, always_visible

_RED: Colour = (0.792, 0.208, 0.208)
_BLUE: Colour = (0.114, 0.439, 0.722)
_EDGE_MM = 5
_TEXT_MM = 152
_START_MM = 6
_SAMPLE = ("Sample Name", "14B Sample Court", "Sample Road", "Sampletown", "AS1 4QT")


def render_test_page(profile: PrintProfile, faces: Faces) -> Pdf:
    """Return the test page of a profile as a PDF of one page."""
    paper = Paper(
        title="Print profile test page",
        author="Almoner",
        width=profile.page_width * MM,
        height=profile.page_height * MM,
    )
    faces.check([profile.name, profile.code], what="This test page")
    sheet = Sheet(paper)
    sheet.draw([*_zones(profile), *_window(profile), *_rulers(profile), *_folds(profile), *_legend(profile, faces)])
    sheet.end_page()
    return sheet.finish()


def _zones(profile: PrintProfile) -> list[Mark]:
    """Outline the zones that may carry ink, each with its name at its foot."""
    marks: list[Mark] = []
    for name, zone in (("Council", profile.logo), ("Sender", profile.sender), ("Letter", profile.body)):
        marks += _outline(zone, HAIRLINE, 0.6)
        down = zone.bottom - (11 if zone == profile.body else 2)
        marks.append(words((zone.left + 1.5) * MM, down * MM, name, REGULAR, 8, QUIET))
    return marks


def _window(profile: PrintProfile) -> list[Mark]:
    """Outline what can show, what always shows and the address box, with sample lines in it."""
    box = profile.address
    marks: list[Mark] = [_fill(profile.clear, TINT), *_outline(profile.clear, _RED, 0.8)]
    if profile.envelope is not None:
        marks += _outline(always_visible(profile.envelope, profile.page_width), INK, 1.2)
    marks += _outline(box, _BLUE, 0.8)
    for index, line in enumerate(_SAMPLE):
        marks.append(words((box.left + 0.4) * MM, box.top * MM + 11 + index * 12, line, REGULAR, 10))
    return marks


def _rulers(profile: PrintProfile) -> list[Mark]:
    """Draw millimetres from the top left corner, along the right edge and the foot, where every printer can print."""
    right, foot = profile.page_width - _EDGE_MM, profile.page_height - _EDGE_MM
    marks: list[Mark] = []
    for at in range(_START_MM, int(foot) + 1):
        long = _tick(at)
        marks.append(Bar((right - long) * MM, at * MM - 0.15, long * MM, 0.3, INK))
        if at % 10 == 0:
            marks.append(words((right - 9.6) * MM, at * MM + 2, str(at), REGULAR, 6))
    for at in range(_START_MM, int(right) - 9):
        long = _tick(at)
        marks.append(Bar(at * MM - 0.15, (foot - long) * MM, 0.3, long * MM, INK))
        if at % 10 == 0:
            marks.append(words(at * MM - 3, (foot - 6) * MM, str(at), REGULAR, 6))
    return marks


def _tick(at: int) -> float:
    """Return the length in millimetres of a ruler's tick."""
    return 5.0 if at % 10 == 0 else 3.0 if at % 5 == 0 else 1.8


def _folds(profile: PrintProfile) -> list[Mark]:
    """Draw the folds across the page as dashes."""
    marks: list[Mark] = []
    for fold in profile.fold_marks:
        marks += [Bar(at * MM, fold * MM - 0.2, 3 * MM, 0.4, QUIET) for at in range(10, int(profile.page_width), 6)]
        marks.append(words(17 * MM, fold * MM - 3, f"Fold {fold:g} mm", REGULAR, 8, QUIET))
    return marks


def _legend(profile: PrintProfile, faces: Faces) -> list[Mark]:
    """Say what the page is, what the colours mean and what to do with it."""
    x, width = profile.margins.left * MM, 150 * MM
    text = Type(11, 16, strong=SEMIBOLD)
    rows = paragraph(plain(profile.name), Type(18, 26, face=SEMIBOLD), x, width, faces)
    for line in (
        f"Print profile “{profile.code}”. Print this page at 100%, not fitted to the page.",
        "Check the millimetres with a ruler: they count from the top left corner.",
        "Fold the page, put it in the envelope and slide it every way.",
    ):
        rows += paragraph(plain(line), text, x, width, faces)
    marks = placed(rows, _TEXT_MM * MM)
    top = (_TEXT_MM + 38) * MM
    keys = [
        (_RED, "Red: nothing but the address may stand here, because it can show in the window."),
        (_BLUE, "Blue: where the address is printed. All of it must show."),
    ]
    if profile.envelope is not None:
        keys.append((INK, "Black: what shows however the sheet slides, worked out from the envelope."))
    for index, (colour, said) in enumerate(keys):
        marks.append(Bar(x, top + index * 18 - 7, 16, 2.4, colour))
        marks.append(Glyphs(x + 24, top + index * 18, said, MEDIUM, 10.5, INK))
    return marks


def _fill(zone: Zone, colour: Colour) -> Bar:
    """Fill a zone."""
    return Bar(zone.left * MM, zone.top * MM, zone.width * MM, zone.height * MM, colour)


def _outline(zone: Zone, colour: Colour, thick: float) -> list[Mark]:
    """Outline a zone with four bars of a thickness in points."""
    left, top, width, height = (edge * MM for edge in (zone.left, zone.top, zone.width, zone.height))
    return [
        Bar(left, top, width, thick, colour),
        Bar(left, top + height - thick, width, thick, colour),
        Bar(left, top, thick, height, colour),
        Bar(left + width - thick, top, thick, height, colour),
    ]

"""The typefaces of paper: registered once with ReportLab, measured fast, and asked what they cannot print.

Every face is embedded in every file, under its own PostScript name; no file falls back on a printer's own fonts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from almoner.records.trouble import Trouble

REGULAR = "Inter-Regular"
MEDIUM = "Inter-Medium"
SEMIBOLD = "Inter-SemiBold"
BOLD = "Inter-Bold"
FIGURES = "InterFigures-Regular"
FIGURES_SEMIBOLD = "InterFigures-SemiBold"

_FILES = {
    REGULAR: "Inter-Regular.ttf",
    MEDIUM: "Inter-Medium.ttf",
    SEMIBOLD: "Inter-SemiBold.ttf",
    BOLD: "Inter-Bold.ttf",
    FIGURES: "Figures-Regular.ttf",
    FIGURES_SEMIBOLD: "Figures-SemiBold.ttf",
}
_LINE_BREAKS = re.compile(r"[\r\n\t\v\f\u2028\u2029]+")
_WORDS_KEPT = 20_000


class Faces:
    """The registered faces: how wide a text is, and which characters of it cannot be printed.

    Widths of words are remembered, because the same words come back letter after letter. Safe to share between threads:
    a lost race only measures a word twice.
    """

    def __init__(self, fonts: Mapping[str, TTFont]) -> None:
        self._advances = {name: _advances(font) for name, font in fonts.items()}
        self._widths: dict[tuple[str, str], float] = {}
        self._known = frozenset(self._advances[REGULAR])

    def width(self, text: str, face: str, size: float) -> float:
        """Return the width of a text in points at a size in points."""
        key = (text, face)
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) >= _WORDS_KEPT:
                self._widths.clear()
            advances = self._advances[face]
            known = self._widths[key] = sum(advances.get(letter, 0.0) for letter in text)
        return known * size

    def prints_in(self, text: str, face: str) -> bool:
        """Say whether a face has every character of the text."""
        return all(letter in self._advances[face] for letter in text)

    def missing(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the characters, each once and in order of appearance, that cannot be printed."""
        found = dict.fromkeys(letter for text in texts for letter in text if letter not in self._known)
        return tuple(found)

    def check(self, texts: Iterable[str], *, what: str) -> None:
        """Raise `Trouble` that names each character which cannot be printed; `what` names the paper ("This letter")."""
        missing = self.missing(texts)
        if missing:
            named = "; ".join(_name(letter) for letter in missing[:5])
            more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise Trouble(
                f"{what} has a character the typeface cannot print: {named}{more}.",
                "Write it in another way, or order this copy from the translation supplier.",
            )


@lru_cache(maxsize=4)
def load_faces(folder: Path) -> Faces:
    """Register the faces found in the fonts folder and return them; a second call returns the same faces.

    Raises `Trouble` when a file is missing or is not a usable TrueType font.
    """
    registered = set(pdfmetrics.getRegisteredFontNames())
    fonts = {}
    for name, file in _FILES.items():
        if name not in registered:
            pdfmetrics.registerFont(_load(name, folder / file))
        fonts[name] = pdfmetrics.getFont(name)
    return Faces(fonts)


def one_line(text: str) -> str:
    """Give a text composed (NFC) and on one line, so that ŵ is one character and a stray line break does no harm."""
    return _LINE_BREAKS.sub(" ", unicodedata.normalize("NFC", text))


def _load(name: str, file: Path) -> TTFont:
    """Read one font file and make sure it is the face it should be."""
    remedy = "Install Almoner again, or bring back the fonts folder that came with it."
    try:
        font = TTFont(name, str(file), asciiReadable=False, shapable=False)
    except (TTFError, OSError) as error:
        raise Trouble("A typeface for letters is missing or damaged.", remedy, file.name) from error
    if font.face.name.decode("ascii") != name:
        raise Trouble(f"This file is not the typeface “{name}”.", remedy, file.name)
    return font


def _advances(font: TTFont) -> dict[str, float]:
    """Return the advance of every character of a face, as a share of the type size."""
    face = font.face
    widths = {chr(code): face.charWidths.get(code, face.defaultWidth) / 1000 for code in face.charToGlyph}
    widths.setdefault("\u00a0", widths[" "])
    return widths


def _name(letter: str) -> str:
    """Name a character for people: itself, its number and its Unicode name."""
    shown = f"“{letter}”, " if letter.isprintable() else ""
    return f"{shown}U+{ord(letter):04X} {unicodedata.name(letter, 'unnamed').lower()}"

"""Tests of the typefaces: complete, distinct, and honest about what they cannot print."""

from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics

from almoner.paper.faces import BOLD, FIGURES, MEDIUM, REGULAR, SEMIBOLD, Faces, load_faces, one_line
from almoner.records.trouble import Trouble

WELSH = "âêîôûŵŷÂÊÎÔÛŴŶáéíóúẃýàèìòùẁỳäëïöüẅÿ"


def test_every_face_has_its_own_postscript_name(faces: Faces) -> None:
    """Two faces under one name would silently print bold as regular."""
    names = [pdfmetrics.getFont(name).face.name.decode() for name in (REGULAR, MEDIUM, SEMIBOLD, BOLD, FIGURES)]

    assert names == [REGULAR, MEDIUM, SEMIBOLD, BOLD, FIGURES]


def test_welsh_and_its_neighbours_can_be_printed(faces: Faces) -> None:
    """Every letter of Welsh, the signs of a letter and the Latin letters of other languages have a glyph."""
    assert faces.missing([WELSH, "“”‘’–—…•·£€½°×", "ąćęłńóśźżăâîșțğışœßåøæđħ"]) == ()


def test_what_cannot_be_printed_is_named(faces: Faces) -> None:
    """No box is ever printed for a missing character: the trouble names each one."""
    with pytest.raises(Trouble, match=r"“ক”, U\+0995 bengali letter ka") as refused:
        faces.check(["ok", "কk"], what="This letter")

    assert "This letter" in refused.value.what


def test_a_long_list_of_missing_characters_is_cut(faces: Faces) -> None:
    """Five are enough to see what is wrong; the rest are counted."""
    with pytest.raises(Trouble, match="and 3 more"):
        faces.check(["কখগঘঙচছজ"], what="This letter")


def test_figures_are_of_one_width(faces: Faces) -> None:
    """Numbers in columns line up digit under digit."""
    assert len({faces.width(digit, FIGURES, 10) for digit in "0123456789"}) == 1


def test_a_text_is_composed_before_it_is_set() -> None:
    """A w with a separate circumflex is the one Welsh letter, and a line break is a space."""
    assert one_line("w\u0302\ty\r\nz") == "ŵ y z"


def test_a_missing_font_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged installation is told in words, not by a traceback."""
    monkeypatch.setattr(pdfmetrics, "_fonts", {})

    with pytest.raises(Trouble, match="missing or damaged"):
        load_faces(tmp_path)

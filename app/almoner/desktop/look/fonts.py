"""The typefaces of the window, loaded once, and the handful of sizes it uses."""

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics

_FALLBACK = "Noto Sans"
_TABULAR = QFont.Tag("tnum")
_LIMIT = 200


def load_family(folder: Path) -> str:
    """Register every TrueType file of `folder` with Qt and return the family the window should use.

    Inter when it is there, else a sans-serif of the system, so that a damaged installation still starts.
    """
    families: set[str] = set()
    for file in sorted(folder.glob("Inter*.ttf")):
        families.update(QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file))))
    return "Inter" if "Inter" in families else _FALLBACK


class Fonts:
    """Fonts and their metrics by size and weight, made once and kept, because delegates ask for every row."""

    def __init__(self, family: str, percent: int) -> None:
        self.family = family
        self._percent = percent
        self._fonts: dict[tuple[int, int, bool], QFont] = {}
        self._metrics: dict[tuple[int, int, bool], QFontMetrics] = {}

    def get(self, size: int, weight: QFont.Weight = QFont.Weight.Normal, *, figures: bool = False) -> QFont:
        """Return a font of `size` design pixels; `figures` gives digits of one width, for columns."""
        key = (size, weight.value, figures)
        font = self._fonts.get(key)
        if font is None:
            assert len(self._fonts) < _LIMIT, "the window uses a handful of sizes"
            font = QFont(self.family)
            font.setStyleHint(QFont.StyleHint.SansSerif)
            font.setPixelSize(max(1, round(size * self._percent / 100)))
            font.setWeight(weight)
            if figures:
                font.setFeature(_TABULAR, 1)
            self._fonts[key] = font
        return font

    def metrics(self, size: int, weight: QFont.Weight = QFont.Weight.Normal, *, figures: bool = False) -> QFontMetrics:
        """Return the measurements of `get(size, weight)`."""
        key = (size, weight.value, figures)
        found = self._metrics.get(key)
        if found is None:
            found = self._metrics[key] = QFontMetrics(self.get(size, weight, figures=figures))
        return found

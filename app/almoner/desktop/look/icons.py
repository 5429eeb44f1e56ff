"""Icons drawn from the Lucide line set, tinted to the theme and kept once drawn."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_LIMIT = 600


class Icons:
    """Tinted icons by name; `folder` holds `<name>.svg` files that draw with `currentColor`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, str] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    def pixmap(self, name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
        """Return icon `name` in `colour`, `size` logical pixels wide, sharp at the device pixel `ratio`."""
        key = (name, colour, size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            if len(self._pixmaps) >= _LIMIT:
                self._pixmaps.clear()
            found = self._pixmaps[key] = self._draw(name, colour, size, ratio)
        return found

    def _draw(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        """Draw one icon; a name that has no file is our own mistake."""
        source = self._sources.get(name)
        if source is None:
            file = self._folder / f"{name}.svg"
            assert file.is_file(), f"no icon named {name}"
            source = self._sources[name] = file.read_text(encoding="utf-8")
        renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
        side = max(1, round(size * ratio))
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, side, side))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

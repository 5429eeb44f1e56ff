"""Print profiles: where on the sheet things may stand so that the address, and only the address, shows in the window.

A profile is a TOML file a council edits to fit the envelopes it buys. All lengths are millimetres from the top left
corner of the sheet. Zones of the `notify` profile are those of GOV.UK Notify's specification for PDF letters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from almoner.records.trouble import Trouble

_PAGE_LIMIT = 100
_SIDE_MM = 4.6
"""White kept between the window's left edge and the address, so that with its own inset the text stands 5 mm in."""
_REMEDY = "Put it right in the file, or bring back the file that came with Almoner."


@dataclass(frozen=True)
class Zone:
    """A rectangle on the sheet, in millimetres from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """How wide the zone is, in millimetres."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How high the zone is, in millimetres."""
        return self.bottom - self.top

    def meets(self, other: Zone) -> bool:
        """Say whether the two zones share any area."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Zone) -> bool:
        """Say whether the other zone lies wholly in this one."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True)
class Envelope:
    """A window envelope and the folded sheet in it, in millimetres, as a supplier's data sheet gives them."""

    width: float
    height: float
    folded_panel: float
    window_width: float
    window_height: float
    window_left: float
    window_above_bottom: float


@dataclass(frozen=True)
class Margins:
    """Where text begins and ends, in millimetres; `page_number` is the line the page number stands on."""

    left: float
    right: float
    body_top: float
    later_top: float
    bottom: float
    page_number: float
    sender_left: float
    sender_top: float


@dataclass(frozen=True)
class PrintProfile:
    """Everything a letter must know of the sheet, the envelope and the printer it is meant for.

    `address` is where the recipient stands, `clear` what must stay empty round it because it may show in the window,
    `first_page` and `later_pages` the only places that may carry ink. `address_pts` are the sizes tried, largest first.
    """

    code: str
    name: str
    page_width: float
    page_height: float
    most_pages: int
    duplex: bool
    fold_marks: tuple[float, ...]
    margins: Margins
    body_pt: float
    address_pts: tuple[float, ...]
    address: Zone
    clear: Zone
    logo: Zone
    sender: Zone
    body: Zone
    later: Zone
    envelope: Envelope | None = None

    @property
    def first_page(self) -> tuple[Zone, ...]:
        """The zones of page 1 that may carry ink."""
        return (self.logo, self.address, self.sender, self.body, *self._folds())

    @property
    def later_pages(self) -> tuple[Zone, ...]:
        """The zones of every later page that may carry ink."""
        return (self.later,)

    def _folds(self) -> tuple[Zone, ...]:
        """The short ticks at the left edge that show where to fold."""
        return tuple(Zone(3, mark - 0.5, 9, mark + 0.5) for mark in self.fold_marks)


def always_visible(envelope: Envelope, page_width: float) -> Zone:
    """Return the part of the sheet that shows in the window however the folded sheet slides in the envelope."""
    up, across = _play(envelope, page_width)
    bottom = envelope.folded_panel - envelope.window_above_bottom
    return Zone(
        envelope.window_left,
        bottom - envelope.window_height + up,
        envelope.window_left + envelope.window_width - across,
        bottom,
    )


def ever_visible(envelope: Envelope, page_width: float) -> Zone:
    """Return the part of the sheet that can show in the window at all, when the folded sheet slides in the envelope."""
    up, across = _play(envelope, page_width)
    bottom = envelope.folded_panel - envelope.window_above_bottom
    return Zone(
        envelope.window_left - across,
        bottom - envelope.window_height,
        envelope.window_left + envelope.window_width,
        bottom + up,
    )


def _play(envelope: Envelope, page_width: float) -> tuple[float, float]:
    """How far the folded sheet can slide up and across in the envelope, in millimetres."""
    return envelope.height - envelope.folded_panel, envelope.width - page_width


def load_profiles(folder: Path) -> dict[str, PrintProfile]:
    """Read every profile of a folder, by code; raises `Trouble` for the first file that cannot be used."""
    profiles: dict[str, PrintProfile] = {}
    for file in sorted(folder.glob("*.toml")):
        profile = parse_profile(_read(file), file.name)
        if profile.code in profiles:
            raise Trouble(f"Two print profiles have the code “{profile.code}”.", "Change one of them.", file.name)
        profiles[profile.code] = profile
    if not profiles:
        raise Trouble("There are no print profiles.", "Bring back the folder that came with Almoner.", folder.name)
    return profiles


def _read(file: Path) -> str:
    """Read a profile's text."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("This print profile cannot be read.", "Save it as plain text in UTF-8.", file.name) from error


def parse_profile(text: str, source: str) -> PrintProfile:
    """Turn the text of a profile into a checked profile; raises `Trouble` that names the file and the fault."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"This print profile is not valid TOML: {error}.", _REMEDY, source) from error
    reader = _Reader(content, source)
    profile = _profile(reader)
    _check(profile, source)
    return profile


def _profile(read: _Reader) -> PrintProfile:
    """Build the profile from what the file says."""
    page_width = read.number("page_width_mm")
    envelope = _envelope(read.table("envelope")) if read.has("envelope") else None
    zones, sizes = read.table("zones"), read.table("type")
    if envelope is not None:
        shows = always_visible(envelope, page_width)
        address = Zone(shows.left + _SIDE_MM, shows.top, shows.right, shows.bottom)
        clear = ever_visible(envelope, page_width)
    else:
        address, clear = _zone(zones.table("address")), _zone(zones.table("clear"))
    return PrintProfile(
        code=read.words("code"),
        name=read.words("name"),
        page_width=page_width,
        page_height=read.number("page_height_mm"),
        most_pages=int(read.number("most_pages")),
        duplex=read.flag("duplex"),
        fold_marks=read.numbers("fold_marks_mm"),
        margins=_margins(read.table("margins")),
        body_pt=sizes.number("body_pt"),
        address_pts=sizes.numbers("address_pts"),
        address=address,
        clear=clear,
        logo=_zone(zones.table("logo")),
        sender=_zone(zones.table("sender")),
        body=_zone(zones.table("body")),
        later=_zone(zones.table("later")),
        envelope=envelope,
    )


def _envelope(read: _Reader) -> Envelope:
    """Read the envelope's figures."""
    return Envelope(**{name: read.number(name) for name in Envelope.__dataclass_fields__})


def _margins(read: _Reader) -> Margins:
    """Read the margins."""
    return Margins(**{name: read.number(name) for name in Margins.__dataclass_fields__})


def _zone(read: _Reader) -> Zone:
    """Read one zone."""
    return Zone(read.number("left"), read.number("top"), read.number("right"), read.number("bottom"))


def _check(profile: PrintProfile, source: str) -> None:
    """Refuse a profile whose zones are impossible or would put something beside the address into the window."""
    page = Zone(0, 0, profile.page_width, profile.page_height)
    named = {"address": profile.address, "logo": profile.logo, "sender": profile.sender, "body": profile.body}
    for name, zone in {**named, "later": profile.later}.items():
        if zone.width <= 0 or zone.height <= 0 or not page.holds(zone):
            raise Trouble(f"The zone “{name}” has no area or leaves the sheet.", _REMEDY, source)
    for name, zone in named.items():
        if name != "address" and zone.meets(profile.clear):
            raise Trouble(f"The zone “{name}” would show in the window beside the address.", _REMEDY, source)
    if not profile.clear.holds(profile.address):
        raise Trouble("The clear zone does not go all the way round the address.", _REMEDY, source)
    if not profile.address_pts or not 1 <= profile.most_pages <= _PAGE_LIMIT:
        raise Trouble("The profile needs at least one address size and 1 to 100 pages.", _REMEDY, source)
    _check_margins(profile, source)


def _check_margins(profile: PrintProfile, source: str) -> None:
    """Refuse margins that leave the zones they belong to."""
    margins, right = profile.margins, profile.page_width - profile.margins.right
    first = Zone(margins.left, margins.body_top, right, margins.page_number)
    later = Zone(margins.left, margins.later_top, right, margins.page_number)
    if first.width <= 40 or not profile.body.holds(first) or not profile.later.holds(later):
        raise Trouble("The margins leave the zones meant for text.", _REMEDY, source)
    if not profile.sender.left <= margins.sender_left < profile.sender.right - 20:
        raise Trouble("The sender's text begins outside the sender zone.", _REMEDY, source)
    if not margins.body_top < margins.bottom < margins.page_number:
        raise Trouble("The text does not end above the page number.", _REMEDY, source)


class _Reader:
    """Reads values of known kinds out of a TOML table, and says in words which one is missing or wrong."""

    def __init__(self, table: Mapping[str, object], source: str, path: str = "") -> None:
        self._table = table
        self._source = source
        self._path = path

    def has(self, name: str) -> bool:
        """Say whether the table has that entry."""
        return name in self._table

    def words(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self._value(name)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str) -> float:
        """Return a number from 0 to 1,000."""
        return self._number(name, self._value(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a list of at most 20 numbers."""
        value = self._value(name)
        if not isinstance(value, list) or len(value) > 20:
            raise self._wrong(name, "a list of at most 20 numbers")
        return tuple(self._number(name, item) for item in value)

    def table(self, name: str) -> _Reader:
        """Return a table within this one."""
        value = self._value(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        return _Reader(value, self._source, f"{self._path}{name}.")

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1000:
            raise self._wrong(name, "a number from 0 to 1000")
        return float(value)

    def _value(self, name: str) -> object:
        if name not in self._table:
            raise Trouble(f"The entry “{self._path}{name}” is missing.", _REMEDY, self._source)
        return self._table[name]

    def _wrong(self, name: str, wanted: str) -> Trouble:
        return Trouble(f"The entry “{self._path}{name}” must be {wanted}.", _REMEDY, self._source)

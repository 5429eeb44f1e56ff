"""Every message of the wire, the version of it all, and how messages become bytes and come back.

msgpack in zstd between machines; JSON for a person who asks for it. Rows travel as short arrays, everything else by
name. A golden file of the schema fails the suite when the wire changes and `PROTOCOL_VERSION` does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec
import zstandard

from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain

PROTOCOL_VERSION: Final = 2
PROTOCOL_OLDEST: Final = 1
"""The oldest protocol the server still answers in full; an older client may still push."""

PROTOCOL_HISTORY: Final = {
    1: "hello, push, pull, ranges, hints; records as [kind, id, rev, values].",
    2: "a save may delete; pages may come early and say how many remain; a device may be told to wipe; receipts.",
}
"""What each version changed, for whoever must talk to an old laptop."""

MEDIA_TYPE: Final = "application/vnd.almoner.sync+zstd"
JSON_TYPE: Final = "application/json"

MAX_REQUEST_BYTES: Final = 8 * 1024 * 1024
"""The most a request may hold once unpacked; larger is answered "too large" and the client halves its batch."""
MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
"""The most one frame of a reply may hold once unpacked."""
MAX_PUSH: Final = 500
"""Saves in one push."""
MAX_SCOPES: Final = 10_000
"""Scopes in one pull; no officer may see so many."""
MAX_PAGE_ROWS: Final = 500
"""Records in one page."""
MAX_DEVICES: Final = 200
"""Devices in one answer to whoever looks after them."""
DEFAULT_PULL_BYTES: Final = 4 * 1024 * 1024
"""About how much one pull brings before it asks the client to come again, counted before compression."""

CANNOT_CALCULATE: Final = "cannotCalculateChanges"
"""JMAP's word (RFC 8620): the state is not one the server can continue from; the scope starts afresh."""
NOT_YOURS: Final = "forbidden"
"""The scope asked for is not one the user may see."""


class WireTrouble(ValueError):
    """Bytes that are no message: too large, damaged or of another shape. The text never quotes them."""


class TooLarge(WireTrouble):
    """A message over its limit."""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Opens a round. `last_seq`/`last_mutation_id` are the highest save the client ever numbered (0 and "" when
    none); the server notices by them that two copies of one client are alive, and by `last_epoch` a restore.
    `trouble` is why the last round failed, in words without personal details, for whoever looks after devices."""

    client_id: str
    generation: int
    schema: int
    protocol: int = PROTOCOL_VERSION
    app_version: str = ""
    last_epoch: str = ""
    last_seq: int = 0
    last_mutation_id: str = ""
    unsent: int = 0
    trouble: str = ""


class HelloReply(msgspec.Struct, frozen=True, kw_only=True):
    """`generation` differs from the one sent when the client must send what it still holds under it. `now` and
    `lease_until` are instants in wire form. `next_client_seq` is one above the highest number the server has seen of
    this generation; saves up to `durable_client_seq` may leave the outbox. `revoked`: this device may hand in its
    work and must let go of everything else; `wipe`: it must then destroy its store too."""

    server_epoch: str
    now: str
    user_id: str
    generation: int
    next_client_seq: int
    durable_client_seq: int
    lease_until: str
    schema_min: int
    schema_max: int
    protocol: int = PROTOCOL_VERSION
    revoked: bool = False
    wipe: bool = False


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """Saves in the order they were made; at most `MAX_PUSH`."""

    client_id: str
    generation: int
    mutations: list[Mutation]


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one save. `rev` is the record's rev afterwards (0: there is none); `text` tells a caseworker
    why it was held or rejected; `fields` names those that conflict or were merged with a parallel change."""

    client_seq: int
    mutation_id: str
    verdict: Verdict
    rev: int = 0
    text: str = ""
    fields: list[str] = []


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """One result per save. `generation` as in `HelloReply`: when it differs, nothing was applied, and the client
    sends again under it."""

    results: list[Result]
    generation: int
    accepted_client_seq: int
    durable_client_seq: int


class Put(msgspec.Struct, frozen=True, array_like=True):
    """A record as it stands on the server; `values` are canonical (see `rules.digests`): defaults are left out."""

    kind: str
    id: str
    rev: int
    values: dict[str, Plain]


class Ref(msgspec.Struct, frozen=True, array_like=True):
    """A record that is no longer here."""

    kind: str
    id: str


class End(msgspec.Struct, frozen=True, array_like=True):
    """How many records a scope holds at the state given beside it, and their digest."""

    count: int
    digest: int


class ScopePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scope adds to a page, and the state the client is in once it has applied it. `left`: still exists but
    not in this scope; `deleted`: exists no more. `end` is given when the scope is complete at `state`."""

    scope: str
    state: str
    puts: list[Put] = []
    left: list[Ref] = []
    deleted: list[Ref] = []
    end: End | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Applied whole or not at all, together with its states. `opened` scopes are new to the client, `closed` ones it
    may no longer hold: their rows leave the device. `afresh` gives, per scope, why the client's state cannot be
    continued: it forgets that state, and the parts that follow begin from nothing. `more`: come again at once.
    `early`: records sent ahead of their turn on a first load, so that work can begin; they come again in theirs, and
    the states given beside them do not count. `total`: about how many records this pull still brings, this page
    included; 0 when that is not said."""

    opened: list[str] = []
    closed: list[str] = []
    afresh: dict[str, str] = {}
    parts: list[ScopePart] = []
    more: bool = False
    early: bool = False
    total: int = 0


class ArrivedPut(msgspec.Struct, frozen=True, array_like=True):
    """A `Put` as a device receives it: `raw` are its values as they came, so that their fingerprint is that of the
    very bytes and they are taken apart only once."""

    kind: str
    id: str
    rev: int
    raw: msgspec.Raw

    @property
    def values(self) -> dict[str, Plain]:
        """The values, taken apart. Raises msgspec.DecodeError when they are damaged."""
        return _VALUES.decode(self.raw)


class ArrivedPart(ScopePart, frozen=True, kw_only=True, omit_defaults=True):
    """A `ScopePart` with its puts as they came."""

    puts: list[ArrivedPut] = []  # type: ignore[assignment]  # reads like Put, costs less


class ArrivedPage(Page, frozen=True, kw_only=True, omit_defaults=True):
    """A `Page` with its puts as they came."""

    parts: list[ArrivedPart] = []  # type: ignore[assignment]  # as above


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """`scopes` gives the state of each scope the client holds; those it does not name and may see are opened."""

    client_id: str
    scopes: dict[str, str]
    max_bytes: int = DEFAULT_PULL_BYTES


class Range(msgspec.Struct, frozen=True, array_like=True):
    """All records of a scope whose key (`<id>/<kind>`, in byte order) is at least `lo` and below `hi`."""

    lo: str
    hi: str
    count: int
    digest: int


class Ranges(msgspec.Struct, frozen=True, kw_only=True):
    """The client's counts and digests of ranges of one scope; the server answers where they differ."""

    client_id: str
    scope: str
    ranges: list[Range]


class Listing(msgspec.Struct, frozen=True, array_like=True):
    """Every record the server holds in a range; what the client holds beyond these does not belong to the scope."""

    lo: str
    hi: str
    puts: list[Put]


class RangesReply(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges that differ, either split further with the server's figures, or listed in full when small."""

    scope: str
    split: list[Range] = []
    listed: list[Listing] = []


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What left a device because it may not be there any more: the closed `scopes`, or everything (`wiped`), with how
    many records and files went and how many saves could not be sent before."""

    client_id: str
    receipt_id: str
    made_at: str
    scopes: list[str] = []
    wiped: bool = False
    records: int = 0
    files: int = 0
    unsent: int = 0


class ReceiptReply(msgspec.Struct, frozen=True, kw_only=True):
    """The server keeps the receipt; sending it again changes nothing."""

    receipt_id: str


class DeviceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One device as the server knows it; instants are in wire form, empty when there is none. `last_contact`, `unsent`,
    `version`, `schema` and `trouble` are as the device last said. `revoked_at`: it may hand in its work and nothing
    else; `wipe_asked_at`: it destroys its store at its next contact; `wiped_at`: it said that it has done so. The
    fields of `receipt` are those of the last receipt of what has left it."""

    device_id: str
    name: str
    user_id: str
    officer: str
    enrolled_at: str
    last_contact: str = ""
    unsent: int = 0
    version: str = ""
    schema: int = 0
    trouble: str = ""
    revoked_at: str = ""
    wipe_asked_at: str = ""
    wiped_at: str = ""
    receipt_at: str = ""
    receipt_records: int = 0
    receipt_files: int = 0
    receipt_unsent: int = 0


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """Devices, those in use before those that are not, and of each those longest away first, at most
    `MAX_DEVICES`; `as_at` is when. `next` is what to ask for to see more, empty when there are no more."""

    as_at: str
    devices: list[DeviceLine]
    next: str = ""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """Scopes in which something changed. Never data: losing a hint loses nothing."""

    scopes: list[str]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not a success; `kind` is one of `peer.PeerKind`, `what` and `do` are for
    the caseworker."""

    kind: str
    what: str
    do: str
    retry_after_seconds: int = 0


MESSAGES: Final = (
    Hello, HelloReply, Push, PushReply, Pull, Page, Ranges, RangesReply, Receipt, ReceiptReply, Devices, Hint, Fault,
)  # fmt: skip
"""Every message that stands alone on the wire; the golden file is made from these."""

M = TypeVar("M", bound=msgspec.Struct)

_VALUES = msgspec.msgpack.Decoder(dict[str, Plain])
_PACKER = msgspec.msgpack.Encoder(order="deterministic")
_LEVEL: Final = 3
_THOROUGH: Final = 7
"""How hard to compress what is packed once and sent to many: level 7 takes twice as long as 3 and saves 6 in 100."""
_LENGTH_BYTES: Final = 4


def pack(message: msgspec.Struct, *, thorough: bool = False) -> bytes:
    """A message as bytes for a machine: msgpack in one zstd frame that states its size and carries a checksum."""
    level = _THOROUGH if thorough else _LEVEL
    return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(_PACKER.encode(message))


def plain_size(body: bytes) -> int:
    """How many bytes a packed message holds before compression."""
    return zstandard.frame_content_size(body)


def reread(page: ArrivedPage) -> Page:
    """A page as whoever receives it reads it."""
    return msgspec.msgpack.decode(_PACKER.encode(page), type=Page)


def packed_size(message: msgspec.Struct) -> int:
    """How many bytes a message holds before compression."""
    return len(_PACKER.encode(message))


def unpack(body: bytes, shape: type[M], *, limit: int = MAX_REQUEST_BYTES) -> M:
    """The message in bytes made by `pack`. Raises TooLarge over `limit` bytes, WireTrouble for anything else."""
    try:
        size = zstandard.frame_content_size(body)
        if size > limit or len(body) > limit:
            raise TooLarge(f"The message holds more than {limit} bytes.")
        if size < 0:
            raise WireTrouble("The message does not state its size.")
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=limit)
    except zstandard.ZstdError as fault:
        raise WireTrouble("The message is damaged.") from fault
    try:
        return msgspec.msgpack.decode(plain, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise WireTrouble(f"The message is not a {shape.__name__}.") from fault


def to_json(message: msgspec.Struct) -> bytes:
    """A message for a person to read: indented JSON."""
    return msgspec.json.format(msgspec.json.encode(message), indent=2)


def from_json(body: bytes, shape: type[M], *, limit: int = MAX_REQUEST_BYTES) -> M:
    """The message in JSON. Raises TooLarge over `limit` bytes, WireTrouble for anything else."""
    if len(body) > limit:
        raise TooLarge(f"The message holds more than {limit} bytes.")
    try:
        message = msgspec.json.decode(body, type=shape)
        _PACKER.encode(message)  # a number too large for the wire is no message either
        return message
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as fault:
        raise WireTrouble(f"The message is not a {shape.__name__}.") from fault


def frame(page: Page) -> bytes:
    """One page of a pull's reply: its length in four bytes, then the packed page. A frame depends on nothing before
    it, so the server may keep it and send it to many."""
    return framed(pack(page))


def framed(body: bytes) -> bytes:
    """A packed page with its length before it."""
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def read_frames(chunks: Iterable[bytes], shape: type[Page] = Page) -> Iterator[Page]:
    """The pages in a stream of bytes cut anywhere, as `Page` or as `ArrivedPage`. Raises WireTrouble when it ends
    inside a page or is damaged."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while (body := _whole_frame(waiting)) is not None:
            yield unpack(body, shape, limit=MAX_FRAME_BYTES)
    if waiting:
        raise WireTrouble("The line was cut inside a page.")


def _whole_frame(waiting: bytearray) -> bytes | None:
    if len(waiting) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(waiting[:_LENGTH_BYTES], "big")
    if length > MAX_FRAME_BYTES:
        raise TooLarge(f"A page holds more than {MAX_FRAME_BYTES} bytes.")
    if len(waiting) < _LENGTH_BYTES + length:
        return None
    body = bytes(waiting[_LENGTH_BYTES : _LENGTH_BYTES + length])
    del waiting[: _LENGTH_BYTES + length]
    return body

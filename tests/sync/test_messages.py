"""The wire: what travels, how it becomes bytes, and that it cannot change unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from almoner.records.mutation import Mutation
from almoner.sync import messages as wire

GOLDEN = Path(__file__).parents[1] / "golden" / "wire.json"


def _page() -> wire.Page:
    puts = [wire.Put("note", "n1", 3, {"text": "Rang twice.", "case_id": "c1"})]
    part = wire.ScopePart(scope="staff", state="e.1.3", puts=puts, end=wire.End(1, -(2**63)))
    return wire.Page(opened=["staff"], parts=[part])


def _described() -> dict[str, object]:
    shapes, parts = msgspec.json.schema_components(wire.MESSAGES)
    named = dict(zip((m.__name__ for m in wire.MESSAGES), shapes, strict=True))
    described = {"protocol": wire.PROTOCOL_VERSION, "messages": named, "parts": parts}
    read: dict[str, object] = json.loads(json.dumps(described, sort_keys=True), object_hook=_without_words)
    return read


def _without_words(part: dict[str, object]) -> dict[str, object]:
    """Docstrings may be bettered without a new version of the wire."""
    return {name: value for name, value in part.items() if not (name == "description" and isinstance(value, str))}


def test_the_wire_changes_only_with_a_new_version() -> None:
    """A changed message without a raised PROTOCOL_VERSION would strand laptops in silence."""
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert _described() == kept, (
        "The wire changed. Raise PROTOCOL_VERSION, add a line to PROTOCOL_HISTORY, then write the golden file anew "
        "with: python -m tests.sync.test_messages"
    )


def test_every_version_has_its_line_of_history() -> None:
    """Whoever meets an old laptop must be able to read what its version lacks."""
    assert sorted(wire.PROTOCOL_HISTORY) == list(range(1, wire.PROTOCOL_VERSION + 1))


def test_a_message_comes_back_as_it_went() -> None:
    """Both forms of a save, for machines and for people, hold all of it."""
    save = Mutation(
        client_seq=1, mutation_id="m", made_at="t", author="u", schema=1, kind="case", record="c",
        base={"title": 3}, values={"title": "Tom & Søn", "closed_at": None, "size": 1, "longitude": 1.5},
        added={"pauses": ["a"]}, removed={"pauses": []},
    )  # fmt: skip
    message = wire.Push(client_id="c", generation=1, mutations=[save])

    assert wire.unpack(wire.pack(message), wire.Push) == message
    assert wire.from_json(wire.to_json(message), wire.Push) == message


@given(st.lists(st.integers(1, 40), max_size=30))
def test_pages_survive_a_stream_cut_anywhere(cuts: list[int]) -> None:
    """The network cuts where it likes; pages come out whole and in order."""
    stream = wire.frame(_page()) * 2
    chunks: list[bytes] = []
    for size in cuts:
        chunks.append(stream[:size])
        stream = stream[size:]

    assert list(wire.read_frames([*chunks, stream])) == [_page(), _page()]


def test_a_line_cut_inside_a_page_is_trouble_and_earlier_pages_count() -> None:
    """Half a page is never applied, and never taken for the end."""
    pages = wire.read_frames([wire.frame(_page()), wire.frame(_page())[:-1]])

    assert next(pages) == _page()
    with pytest.raises(wire.WireTrouble):
        next(pages)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"\x00" * 40, wire.pack(_page())[:-3], wire.pack(wire.Hint(scopes=[]))],
    ids=["empty", "html", "zeros", "cut", "another message"],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Nothing but a whole message of the asked shape is ever read."""
    with pytest.raises(wire.WireTrouble):
        wire.unpack(body, wire.Push)
    with pytest.raises(wire.WireTrouble):
        wire.from_json(body, wire.Push)


def test_a_bit_that_changes_on_the_way_is_noticed() -> None:
    """Whatever bit of a message turns, it is refused or still says the same; no other message comes of it."""
    packed = wire.pack(_page())
    noticed = 0
    for place in range(len(packed) * 8):
        garbled = bytearray(packed)
        garbled[place // 8] ^= 1 << place % 8
        try:
            assert wire.unpack(bytes(garbled), wire.Page) == _page()
        except wire.WireTrouble:
            noticed += 1

    assert noticed > len(packed) * 7


def test_a_message_over_its_limit_is_refused_before_it_is_unpacked() -> None:
    """A few bytes that unpack to gigabytes must not fill the server's memory."""
    bomb = zstandard.ZstdCompressor().compress(b"\x00" * 2_000_000)

    with pytest.raises(wire.TooLarge):
        wire.unpack(bomb, wire.Push, limit=1_000_000)
    with pytest.raises(wire.TooLarge):
        wire.from_json(b" " * 11, wire.Push, limit=10)
    with pytest.raises(wire.TooLarge):
        list(wire.read_frames([(2**31).to_bytes(4, "big")]))


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(_described(), indent=1, sort_keys=True) + "\n", encoding="utf-8")

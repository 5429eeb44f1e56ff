"""New identifiers, and their pretend twin that gives the same ones from the same seed."""

from __future__ import annotations

import random
import secrets
import uuid

import uuid6


class SystemIds:
    """Identifiers from the system's randomness."""

    def new(self) -> str:
        """A new UUIDv7 (RFC 9562) as text."""
        return str(uuid6.uuid7())

    def bits(self, count: int) -> int:
        """That many random bits."""
        return secrets.randbits(count)


class SeededIds:
    """Identifiers that depend on a seed alone: for demonstration data, simulation and tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  never used for secrets
        self._count = 0

    def new(self) -> str:
        """The next identifier in the form of a UUIDv7, in rising order."""
        self._count += 1
        stamp = 0x019000000000 + self._count
        tail = self._random.getrandbits(74)
        number = (stamp << 80) | (0x7 << 76) | ((tail >> 62) << 64) | (0b10 << 62) | (tail & ((1 << 62) - 1))
        return str(uuid.UUID(int=number))

    def bits(self, count: int) -> int:
        """That many bits of the seeded sequence."""
        return self._random.getrandbits(count)

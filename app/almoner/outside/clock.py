"""The one place that reads the time, and its pretend twin for tests and pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The device's clock."""

    def now(self) -> datetime:
        """This instant in UTC."""
        return datetime.now(UTC)


class PretendClock:
    """A clock that a test, a demonstration or a picture owns."""

    def __init__(self, now: datetime) -> None:
        assert now.tzinfo is not None, "an instant needs a time zone"
        self._now = now

    def now(self) -> datetime:
        """The pretended instant."""
        return self._now

    def set(self, now: datetime) -> None:
        """Pretend that it is this instant."""
        assert now.tzinfo is not None, "an instant needs a time zone"
        self._now = now

    def advance(self, **by: float) -> None:
        """Let time pass: `advance(minutes=3)`."""
        self._now += timedelta(**by)

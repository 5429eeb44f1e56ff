"""What the central service is told when it starts, and its limits: everything that can grow has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from almoner.records.trouble import Trouble
from almoner.sync.serving import Durable

VARIABLE = "ALMONER_SERVER_SETTINGS"
MIB = 1 << 20
_DRIVER = "postgresql+psycopg://"
ENROLMENT_SECONDS = 3 * 86_400
"""How long a one-time code for a device lasts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Settings of every worker. `files` is where attachments lie: a folder, or the address of an object store (see
    `object_store`). Times are in the unit of their last word."""

    database_url: str
    files: str
    behind_proxy: bool = False
    access_seconds: int = 600
    refresh_seconds: int = 30 * 86_400
    body_bytes: int = 8 * MIB
    decoded_bytes: int = 32 * MIB
    file_bytes: int = 100 * MIB
    unfinished_days: int = 30
    request_seconds: float = 60.0
    requests_a_minute: int = 1_200
    requests_at_once: int = 64
    hint_streams: int = 200
    hint_poll_seconds: float = 2.0
    hint_stream_seconds: float = 300.0
    hint_scopes_seconds: float = 20.0
    hint_wide_seconds: float = 60.0
    sign_in_free_tries: int = 5
    sign_in_first_wait_seconds: float = 2.0
    sign_in_longest_wait_seconds: float = 900.0
    connections: int = 16
    pooled: bool = False
    durable: Durable = Durable.COMMIT

    def environment(self) -> dict[str, str]:
        """The settings as an environment variable, by which worker processes get them."""
        return {VARIABLE: msgspec.json.encode(self).decode()}


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings that `Settings.environment` wrote. Raises Trouble when there are none or they make no sense."""
    try:
        return msgspec.json.decode(environment.get(VARIABLE, ""), type=Settings)
    except msgspec.MsgspecError as fault:
        raise Trouble(
            "The central service was started without its settings.", "Start it with `almoner server run`."
        ) from fault


def database_address(typed: str) -> str:
    """The address of the PostgreSQL as SQLAlchemy takes it, from one as PostgreSQL's own tools take it."""
    address = typed
    for plain in ("postgresql://", "postgres://"):
        if typed.startswith(plain):
            address = f"{_DRIVER}{typed.removeprefix(plain)}"
    try:
        if address.startswith(_DRIVER) and make_url(address):
            return address
    except (ArgumentError, ValueError):
        pass
    raise Trouble(
        "The address of the database is not one of a PostgreSQL.",
        "It looks like postgresql://USER:PASSWORD@HOST/NAME.",
    )

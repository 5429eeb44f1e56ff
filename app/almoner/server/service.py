"""What every handler is given: the database, the clock, who is calling. Wired once in `app.py`, nothing global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from structlog.typing import FilteringBoundLogger

from almoner.casework.ports import Clock
from almoner.server.accounts import Accounts, Caller
from almoner.server.answers import not_allowed, sign_in_again
from almoner.server.file_store import FileStore
from almoner.server.settings import Settings

_bearer = HTTPBearer(auto_error=False, description="The access token of /auth/token, for ten minutes.")


@dataclass(frozen=True, slots=True)
class Service:
    """All that the handlers share. `heads` says which migration the database is at and which this program wants."""

    settings: Settings
    engine: Engine
    clock: Clock
    accounts: Accounts
    files: FileStore
    log: FilteringBoundLogger
    heads: Callable[[], tuple[str, str]]


async def service_of(request: Request) -> Service:
    """The service a request came to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def caller_of(
    request: Request,
    service: Annotated[Service, Depends(service_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Who is calling, a revoked device too. Raises Refusal without a good access token."""
    if bearer is None:
        raise sign_in_again()
    caller = service.accounts.who(bearer.credentials)
    note(request, user_id=caller.user_id, device_id=caller.device_id)
    return caller


def note(request: Request, **more: str | int) -> None:
    """Add ids and counts to the request's line in the log."""
    request.state.log = {**getattr(request.state, "log", {}), **more}


def address_of(request: Request) -> str:
    """The network address a request came from, for counting only."""
    return request.client.host if request.client else ""


def _in_good_standing(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    return prove_good_standing(caller)


def prove_good_standing(caller: Caller) -> Caller:
    """The caller. Raises Refusal for a revoked device or a closed account."""
    if caller.revoked:
        what = "This device may no longer be used, or the account is closed."
        raise not_allowed("revoked", what, "Ask your administrator.")
    return caller


TheService = Annotated[Service, Depends(service_of)]
TheCaller = Annotated[Caller, Depends(_in_good_standing)]
AnyCaller = Annotated[Caller, Depends(caller_of)]
"""Also a revoked device, which may hand in its work and is told to let go of the rest."""

"""The addresses of signing in: enrol a device, sign in, renew, and who am I."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from almoner.server.accounts import SignedIn
from almoner.server.service import AnyCaller, TheService, address_of, note

routes = APIRouter(prefix="/auth", tags=["Signing in"])

Name = Annotated[str, Field(min_length=1, max_length=60)]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Enrolment(_Asked):
    """A device that is to become known: with the one-time code of `almoner server device code`."""

    username: Name
    password: Password
    code: Annotated[str, Field(min_length=1, max_length=40)]
    device_name: Name


class SignIn(_Asked):
    """An officer on a known device."""

    username: Name
    password: Password
    device_id: Name


class Renewal(_Asked):
    """A refresh token, to be changed for the next one. Each is used once."""

    refresh_token: Secret


class Me(BaseModel):
    """Whom the access token stands for."""

    user_id: str
    device_id: str
    access_ends: int
    revoked: bool


@routes.post("/enrol")
def enrol(asked: Enrolment, request: Request, service: TheService) -> SignedIn:
    """Make a device known and sign it in."""
    return _noted(
        request,
        service.accounts.enrol(
            username=asked.username,
            password=asked.password,
            code=asked.code,
            device_name=asked.device_name,
            address=address_of(request),
        ),
    )


@routes.post("/token")
def token(asked: SignIn, request: Request, service: TheService) -> SignedIn:
    """Sign in on a known device."""
    return _noted(
        request,
        service.accounts.sign_in(
            username=asked.username,
            password=asked.password,
            device_id=asked.device_id,
            address=address_of(request),
        ),
    )


@routes.post("/refresh")
def refresh(asked: Renewal, request: Request, service: TheService) -> SignedIn:
    """Change a refresh token for a new pair of tokens."""
    return _noted(request, service.accounts.refresh(asked.refresh_token))


@routes.get("/me")
def me(caller: AnyCaller) -> Me:
    """Say whom the access token stands for."""
    return Me(user_id=caller.user_id, device_id=caller.device_id, access_ends=caller.ends, revoked=caller.revoked)


def _noted(request: Request, signed_in: SignedIn) -> SignedIn:
    note(request, user_id=signed_in.user_id, device_id=signed_in.device_id)
    return signed_in

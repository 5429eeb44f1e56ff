"""Who may sign in, and on which device: enrolment, sign-in, renewal and what an access token stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from almoner.casework.ports import Clock, Ids
from almoner.server import tokens
from almoner.server.answers import Refusal, not_allowed, sign_in_again
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.throttle import Throttle
from almoner.store.central import account, device, enrolment_code, refresh_token, server_fact
from almoner.store.central_devices import is_wiped
from almoner.sync.peer import PeerKind

DEVICES_EACH = 20
"""Devices one officer may have enrolled and not revoked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from, proved by its access token. `ends` is when the token ends, in seconds since 1970.
    `revoked`: the device was revoked or the account closed; what it had not sent may be handed in, nothing more."""

    user_id: str
    device_id: str
    ends: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a device gets when it signs in or renews; `access_seconds` is how long the access token lasts."""

    access_token: str
    refresh_token: str
    access_seconds: int
    device_id: str
    user_id: str


def signing_key(connection: Connection) -> bytes:
    """The key of this database's tokens and marks, made on first use."""
    made = insert(server_fact).values(name="signing_key", value=tokens.new_secret())
    connection.execute(made.on_conflict_do_nothing())
    kept: str = connection.execute(select(server_fact.c.value).where(server_fact.c.name == "signing_key")).scalar_one()
    return kept.encode()


class Accounts:
    """Sign-in and tokens over one database. Methods block: call them off the event loop."""

    def __init__(self, engine: Engine, settings: Settings, clock: Clock, ids: Ids, passwords: Passwords) -> None:
        self._engine, self._settings, self._clock, self._ids = engine, settings, clock, ids
        self._passwords = passwords
        self._key: bytes | None = None

    def enrol(self, *, username: str, password: str, code: str, device_name: str, address: str) -> SignedIn:
        """Make a device known with a one-time code and sign it in. Raises Refusal."""
        user_id = self._prove(username, password, address)
        now = self._clock.now()
        with self._engine.begin() as connection:
            _use_code(connection, user_id, tokens.tidy_code(code), now)
            _room_for_device(connection, user_id)
            device_id = self._ids.new()
            connection.execute(
                device.insert().values(id=device_id, user_id=user_id, name=device_name, enrolled_at=now, last_seen=now)
            )
            return self._issue(connection, user_id, device_id, self._ids.new(), now)

    def sign_in(self, *, username: str, password: str, device_id: str, address: str) -> SignedIn:
        """Sign in on a device that is known. One that was revoked may, to hand in its work: its tokens do no more, and
        a laptop without a keyring has no other way. One that said its store is destroyed may not. Raises Refusal."""
        user_id = self._prove(username, password, address)
        now = self._clock.now()
        with self._engine.begin() as connection:
            known = connection.execute(
                update(device).where(device.c.id == device_id, device.c.user_id == user_id).values(last_seen=now)
            )
            if known.rowcount != 1 or is_wiped(connection, device_id):
                raise _unknown_device()
            return self._issue(connection, user_id, device_id, self._ids.new(), now)

    def refresh(self, token: str) -> SignedIn:
        """Change a refresh token for the next one. A token that was used before ends the whole family: somebody has
        a copy. The one exception is the last one used, whose answer may have been lost on the way: its unused
        successor is withdrawn and another given. Raises Refusal."""
        now = self._clock.now()
        with self._engine.begin() as connection:
            row = _token_for_update(connection, tokens.digest(token))
            if row is None or row.expires_at <= now:
                raise sign_in_again()
            copied = row.revoked_at is not None or (
                row.used_at is not None and row.used_at != _last_use(connection, row.family_id)
            )
            family = refresh_token.c.family_id == row.family_id
            if not copied:
                unused = family & refresh_token.c.used_at.is_(None) & (refresh_token.c.token_hash != row.token_hash)
                connection.execute(update(refresh_token).where(unused).values(revoked_at=now))
                mine = refresh_token.c.token_hash == row.token_hash
                connection.execute(update(refresh_token).where(mine).values(used_at=now))
                return self._issue(connection, row.user_id, row.device_id, row.family_id, now)
            connection.execute(update(refresh_token).where(family).values(revoked_at=now))
        raise sign_in_again("token_used_twice")

    def who(self, token: str) -> Caller:
        """Whom an access token stands for, as things are now. Raises Refusal."""
        claim = tokens.read_claim(self._signing_key(), token, self._clock.now())
        if claim is None:
            raise sign_in_again()
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            row = connection.execute(
                select(account.c.disabled, device.c.revoked_at)
                .join_from(device, account, account.c.user_id == device.c.user_id)
                .where(device.c.id == claim.device_id, device.c.user_id == claim.user_id)
            ).first()
            ended = row is not None and row.revoked_at is not None and is_wiped(connection, claim.device_id)
        if row is None or ended:
            raise sign_in_again()
        return Caller(claim.user_id, claim.device_id, claim.ends, row.disabled or row.revoked_at is not None)

    def _prove(self, username: str, password: str, address: str) -> str:
        """The user id when name and password are right. Raises Refusal, the same for a wrong name as for a wrong
        password, after the same work."""
        now = self._clock.now()
        throttle = Throttle(self._signing_key(), self._settings)
        with self._engine.begin() as connection:
            throttle.register(connection, username, address, now)
            row = connection.execute(select(account).where(account.c.username == username.casefold())).first()
        fits = self._passwords.fits(None if row is None else row.password_hash, password)
        if row is None or not fits:
            raise _wrong()
        if row.disabled:
            raise _closed_account()
        with self._engine.begin() as connection:
            throttle.forgive(connection, username, address, now)
            if self._passwords.is_stale(row.password_hash):
                anew = update(account).where(account.c.user_id == row.user_id)
                connection.execute(anew.values(password_hash=self._passwords.hash(password)))
        user_id: str = row.user_id
        return user_id

    def _issue(self, connection: Connection, user_id: str, device_id: str, family_id: str, now: datetime) -> SignedIn:
        secret = tokens.new_secret()
        connection.execute(
            refresh_token.insert().values(
                token_hash=tokens.digest(secret),
                device_id=device_id,
                family_id=family_id,
                issued_at=now,
                expires_at=now + timedelta(seconds=self._settings.refresh_seconds),
            )
        )
        ends = int(now.timestamp()) + self._settings.access_seconds
        access = tokens.sign(self._signing_key(), tokens.Claim(user_id, device_id, ends))
        return SignedIn(access, secret, self._settings.access_seconds, device_id, user_id)

    def _signing_key(self) -> bytes:
        if self._key is None:
            with self._engine.begin() as connection:
                self._key = signing_key(connection)
        return self._key


def _use_code(connection: Connection, user_id: str, code: str, now: datetime) -> None:
    used = connection.execute(
        update(enrolment_code)
        .where(
            enrolment_code.c.code_hash == tokens.digest(f"{user_id} {code}"),
            enrolment_code.c.used_at.is_(None),
            enrolment_code.c.expires_at > now,
        )
        .values(used_at=now)
    )
    if used.rowcount != 1:
        what = "The code for this device is wrong, used, or too old."
        raise not_allowed("wrong_code", what, "Ask your administrator for a new code.")


def _room_for_device(connection: Connection, user_id: str) -> None:
    mine = (device.c.user_id == user_id) & device.c.revoked_at.is_(None)
    held = connection.execute(select(func.count()).select_from(device).where(mine)).scalar_one()
    if held >= DEVICES_EACH:
        what = f"This account has {DEVICES_EACH} devices already."
        raise not_allowed("too_many_devices", what, "Ask your administrator to revoke one.")


def _token_for_update(connection: Connection, token_hash: str) -> Row[tuple[object, ...]] | None:
    """The token, with its family locked, so that two uses at once are seen as two."""
    found = connection.execute(
        select(refresh_token.c.family_id).where(refresh_token.c.token_hash == token_hash)
    ).scalar()
    if found is None:
        return None
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(found, 0))))
    return connection.execute(
        select(refresh_token, device.c.user_id)
        .join_from(refresh_token, device, device.c.id == refresh_token.c.device_id)
        .where(refresh_token.c.token_hash == token_hash)
    ).first()


def _last_use(connection: Connection, family_id: str) -> datetime:
    latest: datetime = connection.execute(
        select(func.max(refresh_token.c.used_at)).where(refresh_token.c.family_id == family_id)
    ).scalar_one()
    return latest


def _wrong() -> Refusal:
    what, do = "The user name or the password is wrong.", "Check both and try again."
    return Refusal(HTTPStatus.UNAUTHORIZED, PeerKind.SIGNED_OUT, "wrong_name_or_password", what, do)


def _unknown_device() -> Refusal:
    what = "This device is not enrolled for this account, or was revoked."
    return not_allowed("unknown_device", what, "Ask your administrator for a code and enrol it.")


def _closed_account() -> Refusal:
    return not_allowed("account_disabled", "This account is closed.", "Ask your administrator.")

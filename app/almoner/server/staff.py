"""What an administrator does at the server: council, teams, officers, their passwords and their devices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Row, false, func, select, update

from almoner.casework.ports import Clock, Ids
from almoner.records import Council, Team, User
from almoner.records.derive import R, fields_of
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain, WireFault, read_value, to_wire
from almoner.server import tokens
from almoner.server.passwords import Passwords
from almoner.server.settings import ENROLMENT_SECONDS
from almoner.store.central import account, central_table, device, enrolment_code, receipt, refresh_token
from almoner.store.central_devices import is_wiped
from almoner.sync.seeding import change_record, put_records

_PLAIN = ("full_name", "job_title", "role", "confidential")
"""What is changed of an officer as it is said."""
_NO_DEVICE = "There is no such device in use."


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOfficer:
    """An officer to be added; `team` and `more_teams` are names of teams, `confidential` lets a caseworker see
    confidential addresses as supervisors do."""

    username: str
    full_name: str
    role: StaffRole = StaffRole.CASEWORKER
    job_title: str = ""
    team: str = ""
    more_teams: tuple[str, ...] = ()
    confidential: bool = False


class Staff:
    """The administrator's hand on one database. Every method raises Trouble for what cannot be done."""

    def __init__(self, engine: Engine, clock: Clock, ids: Ids, passwords: Passwords) -> None:
        self._engine, self._clock, self._ids, self._passwords = engine, clock, ids, passwords

    def set_council(self, values: dict[str, Plain]) -> str:
        """Say who the council is, or change what was said; returns the record's id."""
        if values.get("prefix"):
            values = values | {"prefix": _prefix(str(values["prefix"]))}
        _prove(Council, values)
        with self._engine.connect() as connection:
            found: str | None = connection.execute(select(central_table(Council).c.id)).scalar()
        if found is not None:
            change_record(self._engine, Council.kind, found, values, now=self._clock.now())
            return found
        if not values.get("name") or not values.get("prefix"):
            raise Trouble("The council has no name or no prefix yet.", "Give --name and --prefix.")
        letter_lines = values.get("letter_lines")
        council = Council(
            id=self._ids.new(),
            name=str(values["name"]),
            prefix=str(values["prefix"]),
            letter_lines=tuple(letter_lines) if isinstance(letter_lines, list) else (),
            phone=str(values.get("phone") or ""),
            email=str(values.get("email") or ""),
        )
        put_records(self._engine, [_proved(council)], now=self._clock.now())
        return council.id

    def add_team(self, name: str, services: tuple[str, ...] = ()) -> str:
        """Add a team; returns its id."""
        with self._engine.connect() as connection:
            if _team_ids(connection).get(name) is not None:
                raise Trouble(f"There is a team {name} already.", "Choose another name.")
        team = Team(id=self._ids.new(), name=name, services=services)
        put_records(self._engine, [_proved(team)], now=self._clock.now())
        return team.id

    def add_user(self, officer: NewOfficer, password: str) -> str:
        """Add an officer who may sign in; returns their id."""
        password_hash = self._passwords.hash(password)
        with self._engine.connect() as connection:
            if _account(connection, officer.username) is not None:
                raise Trouble(f"There is a user {officer.username} already.", "Choose another user name.")
            teams = _team_ids(connection)
        _check_teams((officer.team, *officer.more_teams), teams)
        user = User(
            id=self._ids.new(),
            username=_username(officer.username),
            full_name=officer.full_name,
            job_title=officer.job_title,
            role=officer.role,
            team_id=teams.get(officer.team, ""),
            team_ids=tuple(teams[name] for name in officer.more_teams),
            confidential=officer.confidential,
        )
        put_records(self._engine, [_proved(user)], now=self._clock.now())
        self.open_account(user.id, user.username, password_hash)
        return user.id

    def open_account(self, user_id: str, username: str, password_hash: str) -> None:
        """Let an officer who is known sign in."""
        with self._engine.begin() as connection:
            connection.execute(
                account.insert().values(
                    user_id=user_id,
                    username=username.casefold(),
                    password_hash=password_hash,
                    created_at=self._clock.now(),
                )
            )

    def set_password(self, username: str, password: str) -> None:
        """Give a new password; every device must sign in again."""
        password_hash = self._passwords.hash(password)
        with self._engine.begin() as connection:
            user_id = _known(connection, username)
            connection.execute(update(account).where(account.c.user_id == user_id).values(password_hash=password_hash))
            _end_sessions(connection, user_id, self._clock.now())

    def change_user(self, username: str, said: dict[str, Plain]) -> None:
        """Change an officer's `full_name`, `job_title`, `role`, `confidential`, `team` or `more_teams` (team names).
        What they may see changes with the next sync of their devices."""
        with self._engine.connect() as connection:
            user_id, teams = _known(connection, username), _team_ids(connection)
        more = said.get("more_teams")
        named = [str(said.get("team") or ""), *(more if isinstance(more, list) else [])]
        _check_teams(named, teams)
        values: dict[str, Plain] = {n: said[n] for n in _PLAIN if n in said}
        if "team" in said:
            values["team_id"] = teams.get(named[0], "")
        if isinstance(more, list):
            self._replace_teams(user_id, {teams[name] for name in more})
        if values:
            _prove(User, values)
            change_record(self._engine, User.kind, user_id, values, now=self._clock.now())

    def _replace_teams(self, user_id: str, wanted: set[str]) -> None:
        """The further teams of an officer, whatever they were: sets change by what is added and removed."""
        user = central_table(User)
        with self._engine.connect() as connection:
            now_in = set(connection.execute(select(user.c.team_ids).where(user.c.id == user_id)).scalar_one())
        added, removed = sorted(wanted - now_in), sorted(now_in - wanted)
        if added or removed:
            sets = {"team_ids": (added, removed)}
            change_record(self._engine, User.kind, user_id, {}, sets=sets, now=self._clock.now())

    def disable(self, username: str) -> None:
        """Close an account at once: no sign-in, no scopes. Its devices may still hand in what they had not sent,
        which is held, and are told to let go of the rest."""
        self._set_disabled(username, disabled=True)

    def enable(self, username: str) -> None:
        """Open a closed account again; its devices fetch everything anew."""
        self._set_disabled(username, disabled=False)

    def _set_disabled(self, username: str, *, disabled: bool) -> None:
        with self._engine.begin() as connection:
            user_id = _known(connection, username)
            connection.execute(update(account).where(account.c.user_id == user_id).values(disabled=disabled))
        change_record(self._engine, User.kind, user_id, {"active": not disabled}, now=self._clock.now())

    def users(self) -> list[dict[str, Plain]]:
        """Every officer with an account."""
        user, team = central_table(User), central_table(Team)
        query = (
            select(account.c.username, user.c.id, user.c.full_name, user.c.role, team.c.name, account.c.disabled)
            .join_from(account, user, user.c.id == account.c.user_id)
            .join(team, team.c.id == user.c.team_id, isouter=True)
            .order_by(account.c.username)
        )
        names = ("username", "id", "full_name", "role", "team", "disabled")
        with self._engine.connect() as connection:
            return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]

    def new_code(self, username: str, *, seconds: int = ENROLMENT_SECONDS) -> tuple[str, datetime]:
        """A one-time code for one more device of an officer, and when it ends."""
        code, ends = tokens.new_code(), self._clock.now() + timedelta(seconds=seconds)
        with self._engine.begin() as connection:
            user_id = _known(connection, username)
            connection.execute(
                enrolment_code.insert().values(
                    code_hash=tokens.digest(f"{user_id} {code}"), user_id=user_id, expires_at=ends
                )
            )
        return code, ends

    def devices(self, username: str = "") -> list[dict[str, Plain]]:
        """Devices, of one officer or all: who, since when, last seen, what they had not sent."""
        query = (
            select(device, account.c.username)
            .join_from(device, account, account.c.user_id == device.c.user_id)
            .order_by(account.c.username, device.c.enrolled_at)
        )
        if username:
            query = query.where(account.c.username == username.casefold())
        with self._engine.connect() as connection:
            return [_device(row) for row in connection.execute(query)]

    def revoke(self, device_id: str) -> None:
        """End a device's use at once, such as one that was stolen. When it comes back it may hand in what it had
        not sent, which is held, and is told to let go of the rest."""
        with self._engine.begin() as connection:
            in_use = _device_of(device_id) & device.c.revoked_at.is_(None)
            ended = connection.execute(update(device).where(in_use).values(revoked_at=self._clock.now()))
            if ended.rowcount != 1:
                raise _no_device()

    def wipe(self, device_id: str) -> None:
        """As `revoke`, and at its next contact the device destroys its whole store once its work is handed in."""
        now = self._clock.now()
        with self._engine.begin() as connection:
            asked = {"wipe_asked_at": now, "revoked_at": func.coalesce(device.c.revoked_at, now)}
            done = connection.execute(update(device).where(_device_of(device_id)).values(asked))
            if done.rowcount != 1:
                raise _no_device()

    def keep(self, device_id: str) -> None:
        """Take back `revoke` and `wipe`, unless the device said already that its store is destroyed."""
        with self._engine.begin() as connection:
            _prove_not_wiped(connection, device_id)
            again = {"wipe_asked_at": None, "revoked_at": None}
            done = connection.execute(update(device).where(_device_of(device_id)).values(again))
            if done.rowcount != 1:
                raise _no_device()

    def receipts(self, device_id: str) -> list[dict[str, Plain]]:
        """What a device said has left it, the newest first; at most 200."""
        names = ("received_at", "wiped", "records", "files", "unsent", "scopes")
        query = (
            select(*(receipt.c[name] for name in names))
            .where(receipt.c.device_id == device_id)
            .order_by(receipt.c.received_at.desc())
            .limit(200)
        )
        if not device_id.isprintable():
            raise _no_device()
        with self._engine.connect() as connection:
            found = [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
        return [row | {"received_at": _when(row["received_at"]), "scopes": " ".join(row["scopes"])} for row in found]


def _team_ids(connection: Connection) -> dict[str, str]:
    team = central_table(Team)
    return dict(connection.execute(select(team.c.name, team.c.id)).all())


def _check_teams(names: Iterable[str], teams: dict[str, str]) -> None:
    missing = [name for name in names if name and name not in teams]
    if missing:
        raise Trouble(f"There is no team {missing[0]}.", "Add it with `almoner server team add`.")


def _proved(record: R) -> R:
    """The record, when it is one that can be kept. Raises Trouble that names the field."""
    _prove(type(record), to_wire(record))
    return record


def _prove(kind: type[R], values: Mapping[str, Plain]) -> None:
    """Raises Trouble, which names the field, unless these values can be kept."""
    for field in fields_of(kind):
        if field.name in values:
            try:
                read_value(kind.kind, field, values[field.name])
            except WireFault as fault:
                raise Trouble(f"{field.fact.label} {fault.why}.", "Put that right, then try again.") from fault


def _prefix(typed: str) -> str:
    """The prefix as references have it. Raises Trouble for one that no reference can have."""
    prefix = typed.strip().upper()
    if not re.fullmatch("[A-Z]{2,4}", prefix):
        raise Trouble("The prefix of case references is 2 to 4 letters, A to Z.", "Give one like --prefix ASH.")
    return prefix


def _username(typed: str) -> str:
    """The user name as it is kept. Raises Trouble for one that could not be typed again."""
    if not typed or not typed.isprintable() or " " in typed:
        raise Trouble("A user name is one word without spaces.", "Choose one like ruth.bello.")
    return typed.casefold()


def _account(connection: Connection, username: str) -> str | None:
    if not username.isprintable():
        return None
    found: str | None = connection.execute(
        select(account.c.user_id).where(account.c.username == username.casefold())
    ).scalar()
    return found


def _known(connection: Connection, username: str) -> str:
    user_id = _account(connection, username)
    if user_id is None:
        raise Trouble(f"There is no user {username}.", "See `almoner server user list`.")
    return user_id


def _end_sessions(connection: Connection, user_id: str, now: datetime) -> None:
    mine = select(device.c.id).where(device.c.user_id == user_id)
    connection.execute(
        update(refresh_token)
        .where(refresh_token.c.device_id.in_(mine), refresh_token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _device_of(device_id: str) -> ColumnElement[bool]:
    return (device.c.id == device_id) if device_id.isprintable() else false()


def _no_device() -> Trouble:
    return Trouble(_NO_DEVICE, "See `almoner server device list`.")


def _prove_not_wiped(connection: Connection, device_id: str) -> None:
    if device_id.isprintable() and is_wiped(connection, device_id):
        raise Trouble("This device said that its store is destroyed.", "Give the officer a code and set it up anew.")


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _device(row: Row[tuple[object, ...]]) -> dict[str, Plain]:
    return {
        "id": row.id,
        "username": row.username,
        "name": row.name,
        "enrolled_at": _when(row.enrolled_at),
        "last_seen": _when(row.last_seen),
        "revoked_at": _when(row.revoked_at),
        "unsent": row.unsent_reported,
        "version": row.version,
        "schema": row.schema,
        "trouble": row.trouble,
        "wipe_asked_at": _when(row.wipe_asked_at),
    }

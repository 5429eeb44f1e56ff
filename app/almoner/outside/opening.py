"""From a passphrase to an open store, and from a one-time code to a laptop that is set up. Nothing here is a widget."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from almoner.casework.ports import Clock, Desk
from almoner.outside.laptop import Device, Enrolment, read_laptop, write_laptop
from almoner.outside.places import EnrolmentForm, Opened, Places, store_folder
from almoner.outside.rulebook import load_calendars, load_service_lines
from almoner.outside.wiping import finish_wipes, refuse_wiped
from almoner.records import Council, User
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault
from almoner.store.keys import STANDARD, forget_keys, make_keys, prove_long_enough, unlock
from almoner.store.migrate import open_store
from almoner.store.opening import Store
from almoner.store.reading import Reader, Reading
from almoner.store.writing import Writing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoneDoor:
    """The store for a round while nobody else uses it: the first load, or a round asked for by command."""

    store: Store
    reader: Reader
    author: str
    clock: Clock

    def read(self, query: Callable[[Reading], T]) -> T:
        """The answer to a question."""
        return self.reader.read(query)

    def write(self, action: Callable[[Writing], T]) -> T:
        """All of it in one transaction, or nothing."""
        return self.store.writer().write(action, author=self.author, now=self.clock.now())[0]


def unlock_store(places: Places, enrolment: Enrolment, passphrase: str) -> Opened:
    """Open the store of an officer; an older one is brought up to date first. Slow on purpose: off the UI thread.

    Raises Trouble in words for a wrong passphrase, a wait, a keyring without its half, a damaged or newer store.
    """
    folder = store_folder(places.home, enrolment)
    refuse_wiped(folder)
    master = unlock(folder, passphrase, places.keyring(), now=places.clock.now(), cost=places.cost or STANDARD)
    return Opened(store=open_store(folder, master, places.migrations), enrolment=enrolment)


def enrol(places: Places, form: EnrolmentForm) -> Opened:
    """Set this laptop up for an officer: make the device known, make keys and store, and remember both. What the
    officer may see is fetched by the rounds that follow, which go on where they were cut, without another code.

    Nothing is left behind when it fails before that, except that the one-time code is used up; a passphrase that is
    too short is refused before. Raises Trouble in words.
    """
    secrets, cost = places.keyring(), places.cost or STANDARD
    prove_long_enough(form.passphrase, with_keyring=secrets is not None)
    line = places.connect(form.server, form.user)
    try:
        known = line.enrol(form.user, form.password, form.code, socket.gethostname()[:60] or "laptop")
    finally:
        line.close()
    enrolment = _enrolment(form, known)
    folder = store_folder(places.home, enrolment)
    finish_wipes(places)
    if Store.exists(folder):
        raise Trouble(
            "This laptop is already set up for this officer.",
            "Unlock it with the passphrase. If that is forgotten, ask your IT service desk.",
        )
    master = make_keys(folder, form.passphrase, secrets, user_id=known.user_id, cost=cost)
    try:
        store = Store.create(folder, master, user_id=known.user_id, new_id=places.ids.new)
        try:
            write_laptop(places.home, read_laptop(places.home).with_enrolment(enrolment))
        except BaseException:
            store.close()
            raise
    except BaseException:
        forget_keys(folder, secrets)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Opened(store=store, enrolment=enrolment)


def with_names(opened: Opened) -> Enrolment:
    """The enrolment with the names that the first records brought. Raises Trouble when they have not come."""
    me, council = opened.store.look(lambda reading: _who(reading, opened.enrolment.user_id))
    return msgspec.structs.replace(opened.enrolment, full_name=me.full_name, council=council.name)


def _enrolment(form: EnrolmentForm, known: Device) -> Enrolment:
    return Enrolment(
        user_id=known.user_id,
        username=form.user,
        full_name=form.user,
        server=form.server,
        device_id=known.device_id,
        folder=known.user_id,
    )


def _who(reading: Reading, user_id: str) -> tuple[User, Council]:
    me = reading.find(User, user_id)
    councils = reading.all_of(Council, limit=1)
    if me is None or not councils:
        raise Trouble(
            "The server did not say who you are or which council this is.",
            "Ask your administrator to complete your account and the council's details, then try again.",
        )
    return me, councils[0]


def load_desk(places: Places, opened: Opened) -> Desk:
    """The desk of the officer whose store this is. Raises Trouble when rules or names are missing."""
    reader = opened.store.reader()
    me, council = reader.read(lambda reading: _who(reading, opened.enrolment.user_id))
    return Desk(
        me=me,
        council=council,
        clock=places.clock,
        ids=places.ids,
        lines=load_service_lines(places.resources),
        calendars=load_calendars(places.resources),
        files=Vault(opened.store),
        resources=places.resources,
    )

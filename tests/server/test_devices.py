"""The life of a device: seen, revoked, wiped, and what it says has left it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.builders import make_attachment
from tests.server.conftest import MORNING, PASSWORD, STREETS, Town
from tests.server.test_access import a_case, a_note, as_save

from almoner.outside.http_peer import HttpPeer
from almoner.records import SCHEMA
from almoner.records.mutation import Verdict
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.records.wire import to_wire
from almoner.server import device_list
from almoner.server.staff import NewOfficer
from almoner.store import central_devices
from almoner.store.central import receipt, refresh_token
from almoner.sync.messages import Devices, Hello, HelloReply, Pull, Push, Range, Ranges, Receipt
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.seeding import put_records


def _greet(peer: HttpPeer, **more: Any) -> HelloReply:
    return peer.hello(Hello(**{"client_id": "a-laptop", "generation": 1, "schema": SCHEMA, **more}))


def _receipt(**more: Any) -> Receipt:
    said = {"client_id": "a-laptop", "receipt_id": "r-1", "made_at": "2026-12-17T10:05:00.000000Z"}
    return Receipt(**{**said, "scopes": ["staff"], "records": 7, "files": 2, "unsent": 1, **more})


def _receipts(town: Town) -> list[Any]:
    with town.engine.connect() as connection:
        return list(connection.execute(select(receipt)).mappings())


def _ann(town: Town) -> str:
    """The id of Ann's only device."""
    (device,) = town.staff.devices("ann")
    return str(device["id"])


@contextmanager
def _sue(town: Town, role: StaffRole = StaffRole.SUPERVISOR, team: str = "Homes") -> Iterator[HttpPeer]:
    town.staff.add_user(NewOfficer(username="sue", full_name="Sue Hall", role=role, team=team), PASSWORD)
    with town.peer("sue") as peer:
        yield peer


def _refused(call: Any, *words: Any) -> PeerKind:
    with pytest.raises(PeerTrouble) as caught:
        call(*words)
    return caught.value.kind


def test_a_receipt_is_kept_once(town: Town) -> None:
    """What left a device is written down with whose it was; an answer lost on the way may be asked for again."""
    with town.peer("ann") as peer:
        _greet(peer)
        replies = {peer.receipt(_receipt()).receipt_id for _ in range(2)}

    (kept,) = _receipts(town)
    assert replies == {"r-1"}
    assert (kept["device_id"], kept["scopes"], kept["wiped"]) == (_ann(town), ["staff"], False)
    assert (kept["records"], kept["files"], kept["unsent"]) == (7, 2, 1)


def test_a_receipt_of_nonsense_is_kept_as_far_as_it_goes(town: Town) -> None:
    """Numbers that no column holds and characters that no text holds break nothing."""
    with town.peer("ann") as peer:
        peer.receipt(_receipt(receipt_id="r\x00" * 90, records=-5, files=2**63, scopes=["\x00x", "y" * 500]))

    (kept,) = _receipts(town)
    assert (kept["records"], kept["files"]) == (0, 2**53)
    assert [len(scope) for scope in kept["scopes"]] == [1, 60]


def test_a_receipt_with_too_many_scopes_is_too_large(town: Town) -> None:
    """Nobody holds thousands of scopes; the answer says how many a receipt may name."""
    with town.peer("ann") as peer:
        assert _refused(peer.receipt, _receipt(scopes=["s"] * 2_001)) is PeerKind.TOO_LARGE


def test_a_device_cannot_fill_the_database_with_receipts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit no more are kept."""
    monkeypatch.setattr(central_devices, "RECEIPTS_EACH", 2)
    with town.peer("ann") as peer:
        for number in range(2):
            peer.receipt(_receipt(receipt_id=f"r-{number}"))

        assert _refused(peer.receipt, _receipt(receipt_id="r-3")) is PeerKind.NOT_ALLOWED
    assert len(_receipts(town)) == 2


def test_nobody_gives_a_receipt_for_another_officers_store(town: Town) -> None:
    """A receipt says that data left; only the store's own officer may say so."""
    with town.peer("ann") as ann, town.peer("bob") as bob:
        _greet(ann)

        assert _refused(bob.receipt, _receipt()) is PeerKind.NOT_ALLOWED
    assert _receipts(town) == []


def test_a_revoked_device_is_told_so_and_may_only_hand_in(town: Town) -> None:
    """It hears that it must let go, its lease is over, and only its work, its state and its receipt are taken."""
    put_records(town.engine, [a_case()], now=MORNING)
    with town.peer("ann") as peer:
        ann = _greet(peer).user_id
        town.staff.revoke(_ann(town))
        reply = _greet(peer)
        peer.push(Push(client_id="a-laptop", generation=1, mutations=[as_save(a_note("case-1", ann), ann)]))
        pages = list(peer.pull(Pull(client_id="a-laptop", scopes={"staff": ""})))
        peer.receipt(_receipt())

        asked = Ranges(client_id="a-laptop", scope="staff", ranges=[Range("", "~", 0, 0)])
        assert _refused(peer.ranges, asked) is PeerKind.NOT_ALLOWED
        assert _refused(peer.devices) is PeerKind.NOT_ALLOWED
        assert _refused(lambda: list(peer.download("a" * 64))) is PeerKind.NOT_ALLOWED
    assert (reply.revoked, reply.wipe, reply.lease_until) == (True, False, reply.now)
    assert [page.closed for page in pages] == [["staff"]]


def test_a_device_in_use_is_not_told_to_let_go(town: Town) -> None:
    """The usual answer revokes nothing and gives a lease that lasts."""
    with town.peer("ann") as peer:
        reply = _greet(peer)

    assert (reply.revoked, reply.wipe) == (False, False)
    assert reply.lease_until > reply.now


def test_a_lost_device_is_told_to_destroy_its_store(town: Town) -> None:
    """It may still hand in its work; after its receipt it is signed out for ever, whatever tokens it has."""
    with town.peer("ann") as peer:
        _greet(peer)
        town.staff.wipe(_ann(town))
        reply = _greet(peer)
        peer.receipt(_receipt(wiped=True))

        assert _refused(peer.hello, Hello(client_id="a-laptop", generation=1, schema=SCHEMA)) is PeerKind.SIGNED_OUT
        with pytest.raises(PeerTrouble, match="not enrolled"):
            peer.sign_in(username="ann", password=PASSWORD, device_id=_ann(town))
    assert (reply.revoked, reply.wipe) == (True, True)
    with town.engine.connect() as connection:
        assert None not in connection.execute(select(refresh_token.c.revoked_at)).scalars().all()


def test_a_device_that_is_found_again_may_sync(town: Town) -> None:
    """What was asked of a device can be taken back until it was done, and not after."""
    with town.peer("ann") as peer:
        _greet(peer)
        town.staff.wipe(_ann(town))
        town.staff.keep(_ann(town))
        reply = _greet(peer)
        peer.receipt(_receipt(wiped=True))

    assert (reply.revoked, reply.wipe) == (False, False)
    with pytest.raises(Trouble, match="destroyed"):
        town.staff.keep(_ann(town))


@pytest.mark.parametrize("device_id", ["nobody", "\x00", "'; drop table device"])
def test_devices_that_are_not_known_are_named_in_words(town: Town, device_id: str) -> None:
    """A typing error is answered with where to look."""
    for act in (town.staff.revoke, town.staff.wipe, town.staff.keep):
        with pytest.raises(Trouble, match="no such device"):
            act(device_id)


def test_an_administrator_reads_the_receipts(town: Town) -> None:
    """What a device said has left it is in the list of its receipts."""
    with town.peer("ann") as peer:
        peer.receipt(_receipt())
    (kept,) = town.staff.receipts(_ann(town))

    assert (kept["records"], kept["files"], kept["scopes"]) == (7, 2, "staff")


def test_a_supervisor_sees_the_devices_of_their_teams(town: Town) -> None:
    """Who is not syncing, for how long and why, of their own officers and of nobody else's."""
    with town.peer("ann") as ann, town.peer("bob"), _sue(town) as sue:
        _greet(ann, unsent=3, app_version="1.2", trouble="The disk\nis full.")
        ann.receipt(_receipt())
        town.clock.advance(days=9)
        seen = sue.devices()

    lines = {line.officer: line for line in seen.devices}
    assert set(lines) == {"Ann Archer", "Sue Hall"}
    line = lines["Ann Archer"]
    assert (line.unsent, line.version, line.schema, line.trouble) == (3, "1.2", SCHEMA, "The disk is full.")
    assert line.last_contact < seen.as_at[:10]
    assert (line.receipt_records, line.receipt_files, line.receipt_unsent) == (7, 2, 1)
    assert (line.revoked_at, line.wipe_asked_at, line.wiped_at, seen.next) == ("", "", "", "")


def test_an_administrator_sees_every_device(town: Town) -> None:
    """Also of officers in teams the administrator is not in, and how far a wipe has come."""
    with town.peer("ann") as ann, town.peer("bob"), _sue(town, StaffRole.ADMINISTRATOR, "") as sue:
        town.staff.wipe(_ann(town))
        asked = {line.officer: line for line in sue.devices().devices}
        ann.receipt(_receipt(wiped=True))
        done = {line.officer: line for line in sue.devices().devices}

    assert set(asked) == {"Ann Archer", "Bob Baker", "Sue Hall"}
    assert asked["Ann Archer"].wipe_asked_at
    assert not asked["Ann Archer"].wiped_at
    assert done["Ann Archer"].wiped_at


def test_other_officers_see_no_devices(town: Town) -> None:
    """A caseworker is told who to ask."""
    with town.peer("ann") as peer, pytest.raises(PeerTrouble, match="supervisors") as caught:
        peer.devices()

    assert caught.value.kind is PeerKind.NOT_ALLOWED


def test_devices_come_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every device comes once: those in use first, and among them those that were away longest."""
    monkeypatch.setattr(device_list, "MAX_DEVICES", 2)
    with _sue(town, StaffRole.ADMINISTRATOR, "") as sue:
        for username in ("ann", "bob", "ann", "bob"):
            town.clock.advance(hours=1)
            town.enrol(username)
        first_of_ann = town.staff.devices("ann")[0]["id"]
        town.staff.revoke(str(first_of_ann))
        pages: list[Devices] = [sue.devices()]
        while pages[-1].next:
            pages.append(sue.devices(pages[-1].next))

    found = [line for page in pages for line in page.devices]
    in_use = [line.last_contact for line in found[:-1]]
    assert [len(page.devices) for page in pages] == [2, 2, 1]
    assert in_use == sorted(in_use)
    assert found[-1].device_id == first_of_ann
    assert len({line.device_id for line in found}) == 5


@pytest.mark.parametrize("after", ["x", "0|yesterday|x", "0|2026-12-17T10:00:00|x", "2|2026-12-17T10:00:00Z|x", "0||"])
def test_a_page_that_was_never_given_out_is_not_understood(town: Town, after: str) -> None:
    """Nonsense to continue from gets words, not a fault."""
    town.staff.add_user(NewOfficer(username="sue", full_name="Sue", role=StaffRole.ADMINISTRATOR), PASSWORD)
    token = town.enrol("sue")["access_token"]
    answer = town.get(f"/devices?after={after}", token)

    assert (answer.status_code, answer.json()["code"]) == (400, "not_understood")


def test_officers_of_a_further_team_are_seen_too(town: Town) -> None:
    """A supervisor looks after everyone who works in one of their teams, wherever their home team is."""
    town.staff.change_user("bob", {"more_teams": ["Homes"]})
    with town.peer("bob"), _sue(town) as sue:
        officers = {line.officer for line in sue.devices().devices}

    assert STREETS.name != "Homes"
    assert "Bob Baker" in officers


def test_a_revoked_device_hands_in_its_photos_too(town: Town) -> None:
    """The picture of a held attachment is taken, so that whoever takes the work over can see it; no other file is, and
    none is given."""
    put_records(town.engine, [a_case()], now=MORNING)
    photo, other = b"a wet ceiling", b"something else"
    mark, wrong = (hashlib.sha256(content).hexdigest() for content in (photo, other))
    with town.peer("ann") as peer:
        ann = _greet(peer).user_id
        town.staff.revoke(_ann(town))
        record = make_attachment(id="a-1", case_id="case-1", sha256=mark, size=len(photo), author_id=ann)
        values = {name: value for name, value in to_wire(record).items() if name not in ("id", "received_at")}
        save = replace(as_save(a_note("case-1", ann), ann), kind="attachment", record="a-1")
        reply = peer.push(Push(client_id="a-laptop", generation=1, mutations=[replace(save, values=values)]))
        peer.upload(mark, len(photo), lambda: [photo])

        assert _refused(peer.upload, wrong, len(other), lambda: [other]) is PeerKind.NOT_ALLOWED
        assert _refused(lambda: list(peer.download(mark))) is PeerKind.NOT_ALLOWED
    assert [result.verdict for result in reply.results] == [Verdict.HELD]
    assert town.app().state.service.files.whole(mark) == len(photo)

"""Signing in: codes, passwords, tokens and their limits."""

from __future__ import annotations

import pytest
from tests.server.conftest import MORNING, PASSWORD, Town

from almoner.server.tokens import Claim, sign


def test_a_device_is_enrolled_with_a_one_time_code(town: Town) -> None:
    """Password and code together make a device known, and its token says who it is."""
    got = town.enrol()

    me = town.get("/auth/me", got["access_token"]).json()
    assert (me["user_id"], me["device_id"], me["revoked"]) == (got["user_id"], got["device_id"], False)


def test_a_code_works_once(town: Town) -> None:
    """Who overhears a code that was used gains nothing by it."""
    code, _ = town.staff.new_code("ann")
    body = {"username": "ann", "password": PASSWORD, "code": code, "device_name": "Laptop"}
    first, second = town.post("/auth/enrol", **body), town.post("/auth/enrol", **body)

    assert (first.status_code, second.status_code) == (200, 403)
    assert second.json()["code"] == "wrong_code"


def test_a_code_is_for_one_officer_and_ends(town: Town) -> None:
    """A code of Ann's enrols nobody else, and none after three days; small letters and hyphens do not matter."""
    code, _ = town.staff.new_code("ann")
    theirs = town.post("/auth/enrol", username="bob", password=PASSWORD, code=code, device_name="Laptop")
    typed = f"{code[:5]}-{code[5:]}".lower()
    town.clock.advance(days=2)
    right = town.post("/auth/enrol", username="ann", password=PASSWORD, code=typed, device_name="Laptop")
    late_code, _ = town.staff.new_code("ann")
    town.clock.advance(days=4)
    late = town.post("/auth/enrol", username="ann", password=PASSWORD, code=late_code, device_name="Laptop")

    assert [theirs.status_code, right.status_code, late.status_code] == [403, 200, 403]


def test_a_known_device_signs_in_with_name_and_password(town: Town) -> None:
    """The name is taken in any case of letters; another officer's device is not theirs to use."""
    device = town.enrol()["device_id"]
    mine = town.post("/auth/token", username="Ann", password=PASSWORD, device_id=device)
    theirs = town.post("/auth/token", username="bob", password=PASSWORD, device_id=device)

    assert (mine.status_code, theirs.status_code) == (200, 403)


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(town: Town) -> None:
    """Nobody learns by trying which officers there are."""
    wrong_password = town.post("/auth/token", username="ann", password="not the password", device_id="x")
    wrong_name = town.post("/auth/token", username="nobody", password="not the password", device_id="x")

    assert wrong_password.status_code == wrong_name.status_code == 401
    same = ("code", "what", "do", "kind")
    assert {n: wrong_password.json()[n] for n in same} == {n: wrong_name.json()[n] for n in same}


@pytest.mark.parametrize("username", ["ann", "nobody"])
def test_guessing_is_slowed_down_and_a_wait_is_named(town: Town, username: str) -> None:
    """After five wrong tries the next must wait, longer each time, also for a name that does not exist."""
    waits = []
    for _ in range(10):
        answer = town.post("/auth/token", username=username, password="a wrong password", device_id="x")
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            town.clock.advance(seconds=waits[-1])

    assert waits == [2, 4, 8]


def test_a_wait_holds_for_the_right_password_too_and_then_ends(town: Town) -> None:
    """While an account is delayed no password is looked at; the right one then starts it afresh."""
    device = town.enrol()["device_id"]
    for _ in range(5):
        town.post("/auth/token", username="ann", password="a wrong password", device_id=device)
    right = {"username": "ann", "password": PASSWORD, "device_id": device}
    delayed = town.post("/auth/token", **right)
    town.clock.advance(seconds=2)
    let_in = town.post("/auth/token", **right)
    again = town.post("/auth/token", **right)

    assert [delayed.status_code, let_in.status_code, again.status_code] == [429, 200, 200]


def test_an_access_token_lasts_ten_minutes(town: Town) -> None:
    """A token that leaks is soon worth nothing."""
    token = town.enrol()["access_token"]
    town.clock.advance(minutes=9)
    before = town.get("/auth/me", token).status_code
    town.clock.advance(minutes=1)

    assert (before, town.get("/auth/me", token).status_code) == (200, 401)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "é.é", "x" * 5_000, "AAAA.AAAA"])
def test_what_is_no_token_of_ours_opens_nothing(town: Town, token: str) -> None:
    """Nonsense in place of a token is answered with a sign-in, whatever it is."""
    head = {"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = town.get("/auth/me", **head) if token else town.get("/auth/me")  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["kind"]) == (401, "signed-out")


def test_a_token_that_was_altered_opens_nothing(town: Town) -> None:
    """A claim that names another officer or a later end, or is sealed with another key, is no token."""
    got = town.enrol()
    seal = got["access_token"].partition(".")[2]
    later = Claim(got["user_id"], got["device_id"], int(MORNING.timestamp()) + 9_999)
    forged = sign(b"another key", later)
    altered = f"{forged.partition('.')[0]}.{seal}"

    assert [town.get("/auth/me", token).status_code for token in (forged, altered)] == [401, 401]


def test_a_refresh_token_is_changed_for_the_next(town: Town) -> None:
    """Each renewal gives a new pair, and the chain goes on."""
    first = town.enrol()
    second = town.post("/auth/refresh", refresh_token=first["refresh_token"])
    third = town.post("/auth/refresh", refresh_token=second.json()["refresh_token"])

    assert (second.status_code, third.status_code) == (200, 200)
    assert len({first["refresh_token"], second.json()["refresh_token"], third.json()["refresh_token"]}) == 3


def test_a_refresh_token_used_twice_ends_the_family(town: Town) -> None:
    """When an old token turns up somebody has a copy: the device must sign in again."""
    first = town.enrol()["refresh_token"]
    second = town.post("/auth/refresh", refresh_token=first).json()["refresh_token"]
    town.clock.advance(minutes=10)
    third = town.post("/auth/refresh", refresh_token=second).json()["refresh_token"]
    copied = town.post("/auth/refresh", refresh_token=first)
    after = town.post("/auth/refresh", refresh_token=third)

    assert (copied.status_code, copied.json()["code"]) == (401, "token_used_twice")
    assert after.status_code == 401


def test_a_renewal_whose_answer_was_lost_can_be_asked_again(town: Town) -> None:
    """A cut line does not sign a caseworker out; the successor that never arrived is worth nothing afterwards."""
    first = town.enrol()["refresh_token"]
    lost = town.post("/auth/refresh", refresh_token=first).json()["refresh_token"]
    again = town.post("/auth/refresh", refresh_token=first)
    stray = town.post("/auth/refresh", refresh_token=lost)

    assert (again.status_code, stray.status_code) == (200, 401)


def test_a_refresh_token_ends(town: Town) -> None:
    """A laptop left in a drawer for a month signs in anew."""
    token = town.enrol()["refresh_token"]
    town.clock.advance(days=31)

    assert town.post("/auth/refresh", refresh_token=token).status_code == 401


def test_a_new_password_signs_every_device_out(town: Town) -> None:
    """Whoever knew the old one is out at the next renewal."""
    token = town.enrol()["refresh_token"]
    town.staff.set_password("ann", "four other words here")

    assert town.post("/auth/refresh", refresh_token=token).status_code == 401


def test_a_closed_account_cannot_sign_in(town: Town) -> None:
    """An officer who left gets no new token by password."""
    device = town.enrol()["device_id"]
    town.staff.disable("ann")
    answer = town.post("/auth/token", username="ann", password=PASSWORD, device_id=device)

    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


def test_a_revoked_device_is_known_as_such_at_once(town: Town) -> None:
    """A stolen laptop may sign in to hand in unsent work and be told to let go; it fetches no file, then or later."""
    got = town.enrol()
    town.staff.revoke(got["device_id"])
    me, file = town.get("/auth/me", got["access_token"]), town.get(f"/files/{'0' * 64}", got["access_token"])
    again = town.post("/auth/token", username="ann", password=PASSWORD, device_id=got["device_id"])

    later = town.get(f"/files/{'0' * 64}", again.json()["access_token"])

    assert (me.json()["revoked"], file.status_code, later.status_code) == (True, 403, 403)

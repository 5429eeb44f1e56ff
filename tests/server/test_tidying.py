"""What nobody needs any more is forgotten, and a laptop that was away too long is told to begin again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, func, select
from tests.sync.laptops import JOAN, OWEN, RUTH, START, Centre, Laptop

from almoner.records import Case
from almoner.server import tidying
from almoner.server.commands import server
from almoner.server.file_store import FileStore
from almoner.server.object_store import open_object_store
from almoner.server.tidying import RETENTION, tidy
from almoner.store import tombstones
from almoner.store.central import enrolment_code, first_page, member, refresh_token, scope, scope_mark, sign_in_try
from almoner.store.tombstones import forget_before, note_marks
from almoner.sync.messages import CANNOT_CALCULATE, Page, Pull
from almoner.sync.serving import ServerPeer, Session

DAY = timedelta(days=1)
REPAIRS = "team:t1"


def _marks(engine: Engine, scope_id: str = REPAIRS) -> list[int]:
    with engine.connect() as connection:
        query = select(scope_mark.c.seq).where(scope_mark.c.scope_id == scope_id).order_by(scope_mark.c.seq)
        return list(connection.execute(query).scalars())


def _tombstones(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).where(member.c.state != "put")).scalar_one()


def _note(centre: Centre, days: float) -> None:
    with centre.engine.begin() as connection:
        note_marks(connection, START + days * DAY)


def _pulled(centre: Centre, laptop: Laptop) -> list[Page]:
    return list(centre.peer(laptop.user).pull(Pull(client_id="x", scopes=laptop.states())))


def _moved_away(ruth: Laptop, cases: int = 3) -> list[Case]:
    """Cases that Ruth opened in her team and gave to another."""
    made = [ruth.new_case(f"Case {number}") for number in range(cases)]
    ruth.sync()
    for case in made:
        ruth.change(Case, case.id, team_id="t2")
    ruth.sync()
    return made


def test_what_left_long_ago_is_forgotten_and_what_is_present_stays(ruth: Laptop, centre: Centre) -> None:
    """Only the memory of leaving goes; records, counts and digests stand as they were."""
    _moved_away(ruth)
    kept = ruth.new_case("Stays")
    ruth.sync()
    with centre.engine.connect() as connection:
        before = connection.execute(select(scope.c.id, scope.c.seq, scope.c.count, scope.c.digest)).all()
    _note(centre, 0)
    seen = [_tombstones(centre.engine), forget_before(centre.engine, START - DAY), _tombstones(centre.engine)]
    seen += [forget_before(centre.engine, START + DAY), _tombstones(centre.engine)]
    with centre.engine.connect() as connection:
        after = connection.execute(select(scope.c.id, scope.c.seq, scope.c.count, scope.c.digest)).all()

    assert seen == [3, 0, 3, 3, 0]
    assert sorted(before) == sorted(after)
    assert centre.value(Case, kept.id, "title") == "Stays"
    assert ruth.sync().proved_equal


def test_a_laptop_that_was_away_too_long_begins_again(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """It was never told what left; told to begin afresh, it drops it. One that saw all of it just goes on."""
    cases = [ruth.new_case(f"Case {number}") for number in range(2)]
    ruth.sync()
    owen.sync()
    for case in cases:
        ruth.change(Case, case.id, team_id="t2")
    ruth.sync()
    _note(centre, 0)
    forget_before(centre.engine, START + DAY)
    afresh = {laptop.user.id: [page.afresh for page in _pulled(centre, laptop)] for laptop in (ruth, owen)}
    outcome = owen.sync()

    assert afresh[OWEN.id] == [{REPAIRS: CANNOT_CALCULATE}]
    assert afresh[RUTH.id] == [{}]
    assert outcome.proved_equal
    assert owen.all_of(Case) == ()


def test_forgetting_goes_in_small_steps(ruth: Laptop, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much left, each transaction holds the scope's lock for a few rows only; stopped half way, what was
    forgotten counts and the rest is known."""
    _moved_away(ruth, 5)
    _note(centre, 0)
    monkeypatch.setattr(tombstones, "PIECE", 2)
    with centre.engine.connect() as connection:
        upto = connection.execute(select(scope.c.seq).where(scope.c.id == REPAIRS)).scalar_one()
    first = tombstones._forget_piece(centre.engine, REPAIRS, upto)
    with centre.engine.connect() as connection:
        min_seq = connection.execute(select(scope.c.min_seq).where(scope.c.id == REPAIRS)).scalar_one()
        left = connection.execute(
            select(func.min(member.c.seq)).where(member.c.scope_id == REPAIRS, member.c.state != "put")
        ).scalar_one()

    assert first == 2
    assert min_seq < left
    assert forget_before(centre.engine, START + DAY) == 3


def test_a_scope_is_marked_once_a_week_and_only_when_it_moved(ruth: Laptop, centre: Centre) -> None:
    """The marks of a scope that everybody works in do not grow without end either."""
    for day in (0, 1, 6.9, 7.1, 30):
        if day != 30:
            ruth.new_case()
            ruth.sync()
        _note(centre, day)
    marks = _marks(centre.engine)
    forget_before(centre.engine, START + 8 * DAY)

    assert len(marks) == 2, "moved in every week, noted twice; nothing moved before the last time"
    assert _marks(centre.engine) == []


def test_a_record_that_comes_back_is_present(ruth: Laptop, centre: Centre) -> None:
    """What is forgotten may return: then it is an ordinary member again."""
    (case,) = _moved_away(ruth, 1)
    _note(centre, 0)
    forget_before(centre.engine, START + DAY)
    centre.peer(JOAN)
    joan = Laptop(centre, JOAN, ruth.folder.parent / "joan", seed=9)
    joan.sync()
    joan.change(Case, case.id, team_id="t1")
    joan.sync()
    joan.store.close()
    outcome = ruth.sync()

    assert outcome.proved_equal
    assert [held.id for held in ruth.all_of(Case)] == [case.id]


def test_tidying_forgets_what_has_ended_and_nothing_else(centre: Centre, tmp_path: Path) -> None:
    """Tokens, codes, counted tries and unfinished uploads go when their time is long over."""
    now, store = START, open_object_store(str(tmp_path))
    with centre.engine.begin() as connection:
        connection.execute(delete(sign_in_try))
        for name, ends in (("old", now - 31 * DAY), ("ended", now - DAY), ("good", now + DAY)):
            token = {"token_hash": name, "device_id": "d", "family_id": "f", "issued_at": now - 60 * DAY}
            connection.execute(refresh_token.insert().values(**token, expires_at=ends))
            connection.execute(enrolment_code.insert().values(code_hash=name, user_id="u", expires_at=ends))
            tried = {"mark": name, "tries": 1, "wait_until": now}
            connection.execute(sign_in_try.insert().values(**tried, last_at=ends))
    obstore.put(store, f"unfinished/{'a' * 64}/5/begun", b"")
    obstore.put(store, f"bb/{'b' * 64}", b"whole")
    files = FileStore(store, most_bytes=100)
    young = tidy(centre.engine, files, now=now)
    old = tidy(centre.engine, files, now=START + timedelta(days=20_000), retention=RETENTION)

    assert (young.tokens, young.codes, young.tries) == (1, 1, 1)
    assert old.tokens == old.codes == 2
    assert old.uploads == 1
    assert files.whole("b" * 64) == 5


def test_tidying_takes_away_however_many(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than fit in one step all go."""
    monkeypatch.setattr(tidying, "_PIECE", 2)
    with centre.engine.begin() as connection:
        for number in range(5):
            token = {"token_hash": str(number), "device_id": "d", "family_id": "f", "issued_at": START}
            connection.execute(refresh_token.insert().values(**token, expires_at=START))

    assert tidy(centre.engine, None, now=START + 60 * DAY).tokens == 5


def test_pages_of_another_release_go_and_those_in_use_stay(ruth: Laptop, centre: Centre) -> None:
    """After an upgrade nobody is given the old pages any more; the new ones are what makes the next laptop quick."""
    for number in range(3):
        ruth.new_case(f"Case {number}")
    ruth.sync()
    session = Session(user_id=OWEN.id, device_id="d")
    small = ServerPeer(centre.engine, session, now=centre.clock.now, page_rows=2)
    list(small.pull(Pull(client_id="x", scopes={})))

    def editions() -> list[str]:
        with centre.engine.connect() as connection:
            return list(connection.execute(select(first_page.c.edition).order_by(first_page.c.edition)).scalars())

    used = editions()
    with centre.engine.begin() as connection:
        old = {"scope_id": REPAIRS, "after_seq": 0, "upto_seq": 5, "rows": 5, "body": b""}
        for edition in ("before.1.2.2.500", f"{used[0].rpartition('.')[0]}9.500"):
            connection.execute(first_page.insert().values(**old, edition=edition))
    went = tidy(centre.engine, None, now=START).pages

    assert used
    assert went == 2
    assert editions() == used


def test_it_is_run_by_a_command(council: Engine, postgres_url: str, tmp_path: Path) -> None:
    """What a timer runs says what it did, in words or for a script."""
    environment = {"ALMONER_DATABASE_URL": postgres_url, "ALMONER_FILES": str(tmp_path)}
    told = CliRunner().invoke(server, ["tidy"], env=environment)
    counted = CliRunner().invoke(server, ["tidy", "--json"], env=environment)

    assert told.output.startswith("Forgotten: 0 members"), told.output
    assert set(json.loads(counted.output).values()) == {0}

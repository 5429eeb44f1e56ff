"""Clients that were copied, rolled back or forked, and servers that were restored: nothing twice, nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sync.laptops import OWEN, RUTH, Centre, Cut, Laptop

from almoner.records import Case, Person, User
from almoner.records.mutation import Verdict
from almoner.store import central_scopes, outbox
from almoner.store.central import device, field_history, held
from almoner.store.central_saves import in_history_or_held
from almoner.store.opening import Store
from almoner.sync import messages as wire
from almoner.sync.messages import Page, Pull, Push, PushReply
from almoner.sync.peer import PeerKind, PeerTrouble


def _twin(original: Laptop, folder: Path) -> Laptop:
    """A copy of a laptop's disk, as it lies there now."""
    original.store.close()
    shutil.copytree(original.folder, folder)
    original.store = Store.open(original.folder, bytes(range(32)), new_id=original.ids.new)
    twin = Laptop.__new__(Laptop)
    twin.user, twin.clock, twin.ids = original.user, original.clock, type(original.ids)(99)
    twin.folder, twin.centre, twin.line = folder, original.centre, original.line
    twin.store = Store.open(folder, bytes(range(32)), new_id=twin.ids.new)
    return twin


def test_two_live_copies_of_one_store_are_told_apart(ruth: Laptop, centre: Centre, tmp_path: Path) -> None:
    """The same number for another save: the later copy goes on in a generation of its own, and both works arrive."""
    ruth.new_person("Before the copy")
    ruth.sync()
    twin = _twin(ruth, tmp_path / "twin")
    ruth.new_person("From the first")
    twin.new_person("From the second")
    ruth.sync(), twin.sync(), ruth.sync(), twin.sync()

    names = {"Before the copy", "From the first", "From the second"}
    for laptop in (ruth, twin):
        assert {p.full_name for p in laptop.all_of(Person)} == names
    generations = [laptop.read(lambda reading: reading.fact("generation")) for laptop in (ruth, twin)]
    assert generations == ["1", "2"]
    twin.store.close()


def test_a_rolled_back_store_applies_nothing_twice(ruth: Laptop, centre: Centre, tmp_path: Path) -> None:
    """A disk restored from yesterday offers yesterday's saves again: same answers, then work goes on."""
    case = ruth.new_case()
    yesterday = _twin(ruth, tmp_path / "yesterday")
    ruth.change(Case, case.id, place="Flat 4")
    ruth.sync()
    history = len(centre.rows(field_history))
    yesterday.sync()
    assert len(centre.rows(field_history)) == history
    yesterday.change(Case, case.id, title="Damp")
    outcome = yesterday.sync()

    assert outcome.proved_equal
    assert yesterday.find(Case, case.id).place == "Flat 4"
    assert centre.value(Case, case.id, "title") == "Damp"
    yesterday.store.close()


def test_a_restored_server_makes_laptops_start_afresh_without_emptying_them(
    ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """A new epoch: states no longer count, rows stay on the screens, and both copies agree again."""
    case = ruth.new_case()
    ruth.sync(), owen.sync()
    with centre.engine.begin() as connection:
        central_scopes.begin_epoch(connection, "after-the-restore")
    seen_while_pulling: list[bool] = []
    laptop_pull = owen.line.pull

    def pull(message: Pull) -> object:
        for page in laptop_pull(message):
            yield page
            seen_while_pulling.append(owen.find(Case, case.id) is not None)

    owen.line.pull = pull  # type: ignore[method-assign,assignment]
    outcome = owen.sync()

    assert outcome.proved_equal
    assert all(seen_while_pulling)
    assert owen.states()["staff"].startswith("after-the-restore")


def test_a_state_the_server_never_gave_starts_the_scope_afresh(centre: Centre) -> None:
    """Whatever a client claims, it gets all or a straight answer, never a gap."""
    for state in ("nonsense", "a.b.c", "9" * 50, "old-epoch.1.3", "..", "\u0661"):
        pages = list(centre.peer(RUTH).pull(Pull(client_id="x", scopes={"staff": state})))
        assert pages[0].afresh == {"staff": wire.CANNOT_CALCULATE}
        assert sum(len(p.puts) for page in pages for p in page.parts if p.scope == "staff") == 8


def test_a_pull_comes_in_pieces_that_add_up(ruth: Laptop, centre: Centre) -> None:
    """However small the pieces a client asks for, it gets the same records."""
    ruth.add(*(Person(id=f"p{n}", full_name="Tom Reed") for n in range(1300)))
    ruth.sync()
    states: dict[str, str] = {}
    seen: list[str] = []
    more, pulls = True, 0
    while more:
        for page in centre.peer(RUTH).pull(Pull(client_id="x", scopes=states, max_bytes=1)):
            seen += [put.id for part in page.parts for put in part.puts if put.kind == "person"]
            states |= {part.scope: part.state for part in page.parts}
            more = page.more
        pulls += 1

    assert pulls > 1
    assert sorted(seen) == sorted(f"p{n}" for n in range(1300))


class _Small(Cut):
    """A server that takes few saves at once."""

    def push(self, message: Push) -> PushReply:
        if len(message.mutations) > 3 or any(len(str(m.values)) > 5_000 for m in message.mutations):
            raise PeerTrouble(PeerKind.TOO_LARGE, "Too large.", "Send less.")
        return super().push(message)


def test_batches_are_halved_and_one_save_too_large_blocks_nothing(ruth: Laptop, centre: Centre) -> None:
    """ "Too large" is no reason to stop: smaller batches go, and the one that never fits comes back readable."""
    ruth.line = _Small(centre.peer(RUTH))
    case = ruth.new_case()
    for _ in range(5):
        ruth.new_note(case.id)
    huge = ruth.new_note(case.id, "x" * 6_000)
    last = ruth.new_note(case.id, "After it.")
    outcome = ruth.sync()

    assert (outcome.rejected, outcome.unsent) == (1, 0)
    assert centre.value(type(last), last.id, "text") == "After it."
    (line,) = ruth.returned()
    kept = ruth.read(lambda reading: outbox.mutation_of(reading, line.client_seq))
    assert kept is not None
    assert kept.record == huge.id


def test_an_answer_to_another_question_is_not_believed(ruth: Laptop, centre: Centre) -> None:
    """Results that do not match the saves sent take nothing out of the outbox."""
    ruth.new_case()

    class Confused(Cut):
        def push(self, message: Push) -> PushReply:
            reply = super().push(message)
            wrong = [
                wire.Result(client_seq=r.client_seq, mutation_id="other", verdict=r.verdict) for r in reply.results
            ]
            return PushReply(
                results=wrong, generation=1, accepted_client_seq=9, durable_client_seq=9,
            )  # fmt: skip

    ruth.line = Confused(centre.peer(RUTH))
    with pytest.raises(PeerTrouble):
        ruth.sync()

    assert ruth.unsent() == 1


def test_a_push_over_its_limit_or_with_numbers_that_do_not_hold_is_refused(centre: Centre) -> None:
    """Nothing of such a push is applied."""
    person = Person(id="p", full_name="Tom Reed")
    save = wire.Mutation(
        client_seq=1, mutation_id="m", made_at="", author=RUTH.id, schema=1, kind="person", record=person.id,
        values={"full_name": "Tom Reed"},
    )  # fmt: skip
    many = [replace(save, client_seq=n + 1) for n in range(wire.MAX_PUSH + 1)]
    for batch in (many, [save, save], [replace(save, client_seq=0)], [replace(save, client_seq=2**60)]):
        with pytest.raises(PeerTrouble):
            centre.peer(RUTH).push(Push(client_id="x", generation=1, mutations=batch))

    assert centre.value(Person, "p", "full_name") is None


def test_a_scope_one_may_not_see_is_not_compared(centre: Centre) -> None:
    """Counts and digests of another team are its own."""
    asked = wire.Ranges(client_id="x", scope="team:t2", ranges=[wire.Range("", "~", 0, 0)])

    with pytest.raises(PeerTrouble) as trouble:
        centre.peer(OWEN).ranges(asked)
    assert trouble.value.kind is PeerKind.NOT_ALLOWED


def test_an_unknown_account_is_refused(centre: Centre, enrol: Callable[[User], Laptop]) -> None:
    """A session whose officer the server does not know gets nothing."""
    stranger = enrol(User(id="u9", username="x", full_name="X"))

    with pytest.raises(PeerTrouble, match="does not know this account"):
        stranger.sync()
    with pytest.raises(PeerTrouble):
        _first(centre.peer(stranger.user).pull(Pull(client_id="x", scopes={})))


def _first(pages: object) -> Page:
    page: Page = next(pages)  # type: ignore[call-overload]
    return page


def test_every_answered_save_is_in_the_history_or_held(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """Whatever the verdict, what was saved can be found again."""
    case = ruth.new_case("One")
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, title="Two")
    owen.change(Case, case.id, title="Three")
    owen.change(Case, case.id, title="Two", stage="inspect")
    owen.new_note("nowhere")
    ruth.sync(), owen.sync()
    saves = [m for laptop in (ruth, owen) for push in laptop.line.pushed for m in push.mutations]

    with centre.engine.connect() as connection:
        kept = in_history_or_held(connection, [m.mutation_id for m in saves])
    assert {m.mutation_id for m in saves} == kept
    losing = [r for r in centre.rows(field_history) if r["outcome"] == "conflict"]
    assert [r["value"] for r in losing] == ["Three"]
    assert len(centre.rows(held)) == 1
    assert Verdict.CONFLICT in {Verdict(line.state.value) for line in owen.returned()}


def test_nonsense_in_a_greeting_is_refused_and_odd_names_do_no_harm(centre: Centre) -> None:
    """Whatever a client sends, the server answers in words and not with a fault of its own."""
    peer = centre.peer(RUTH)
    for nonsense in ({"generation": 2**31}, {"generation": 0}, {"last_seq": 2**63}, {"unsent": -1}):
        with pytest.raises(PeerTrouble):
            peer.hello(wire.Hello(**{"client_id": "x", "generation": 1, "schema": 1, **nonsense}))

    assert peer.push(Push(client_id="odd\x00" * 50, generation=1, mutations=[])).results == []
    asked = wire.Ranges(client_id="x", scope="staff", ranges=[wire.Range("\x00", "~\x00", 0, 0)])
    assert len(peer.ranges(asked).listed) == 1


def test_supervisors_can_see_which_device_has_not_sent(ruth: Laptop, centre: Centre) -> None:
    """Every greeting tells when the device was here and what waits on it."""
    row = {"id": f"device of {RUTH.id}", "user_id": RUTH.id, "name": "Laptop 7", "enrolled_at": centre.clock.now()}
    with centre.engine.begin() as connection:
        connection.execute(device.insert(), row)
    ruth.new_case()
    ruth.sync()

    (seen,) = centre.rows(device)
    assert (seen["last_seen"], seen["unsent_reported"]) == (centre.clock.now(), 1)

"""Rules learnt from other people's losses, as far as a laptop must keep them, each under its own name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select
from tests.builders import NOW, make_attachment, make_case, make_note, make_person
from tests.store.opened import made
from tests.sync.scripted import GREETING, Desk, ScriptedPeer, cut, end_of, put, whole

from almoner.records import Case, Note, Person
from almoner.records.mutation import Verdict
from almoner.store import incoming, leaving, members, outbox, to_derive
from almoner.store.attachments import Vault, mark_sent
from almoner.store.file_places import sealed_path
from almoner.store.lines import Line, LineState
from almoner.store.list_rows import case_list, person_list
from almoner.store.tables import attachment_key, local_table, scope_member
from almoner.store.writing import Writing
from almoner.sync import client
from almoner.sync.client import Stage
from almoner.sync.messages import Page, Ref, ScopePart
from almoner.sync.peer import PeerKind, PeerTrouble


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A laptop's store that nothing was ever sent to."""
    store = made(tmp_path / "store")
    yield Desk(store)
    store.close()


def count(desk: Desk, table: object) -> int:
    return desk.read(lambda r: r.connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


# Nothing leaves the outbox but by a server acknowledgement


@pytest.mark.parametrize(
    "kind",
    [
        PeerKind.OFFLINE, PeerKind.SERVER_FAULT, PeerKind.NOT_ALMONER, PeerKind.CERTIFICATE, PeerKind.SIGNED_OUT,
        PeerKind.NOT_ALLOWED, PeerKind.BUSY, PeerKind.TOO_OLD,
    ],
)  # fmt: skip
def test_no_failure_is_taken_for_an_acknowledgement(desk: Desk, kind: PeerKind) -> None:
    """A cut line, an HTTP 500, a 403: whatever fails, what was unsent is unsent."""
    desk.write(lambda tx: tx.add(make_note()))

    with pytest.raises(PeerTrouble):
        desk.sync(ScriptedPeer(trouble=PeerTrouble(kind, "What.", "Do.")))

    assert desk.read(outbox.unsent_count) == 1


def test_too_large_is_no_acknowledgement_either(desk: Desk) -> None:
    """A save the server never takes for its size comes back to its author, whole."""
    desk.write(lambda tx: tx.add(make_note()))

    desk.sync(ScriptedPeer(trouble=PeerTrouble(PeerKind.TOO_LARGE, "What.", "Do.")))

    (line,) = desk.read(outbox.returned)
    saved = desk.read(lambda r: outbox.mutation_of(r, line.client_seq))
    assert line.state is LineState.REJECTED
    assert saved is not None
    assert saved.values["text"] == make_note().text


def test_what_was_answered_is_kept_until_it_is_durable(desk: Desk) -> None:
    """An answer is not yet a copy in the server's backup: the line stays, counted apart, and leaves when it may."""
    desk.write(lambda tx: tx.add(make_note()))

    outcome = desk.sync(ScriptedPeer())
    kept = desk.read(outbox.unsent_count), desk.read(outbox.kept_until_durable_count)
    desk.sync(ScriptedPeer(greeting=msgspec.structs.replace(GREETING, durable_client_seq=1)))

    assert (outcome.unsent, kept) == (0, (0, 1))
    assert desk.read(outbox.kept_until_durable_count) == 0


# One bad item blocks nothing else


def test_a_record_that_cannot_be_read_is_set_aside_whole(desk: Desk) -> None:
    """The others of its page arrive, and the scope still proves equal."""
    bad = msgspec.structs.replace(put(make_note(2)), values={"text": 7})
    outcome = desk.sync(ScriptedPeer([[Page(parts=[whole("team:t", "s1", [put(make_note(1)), bad])])]]))

    assert outcome.proved_equal
    assert desk.read(lambda r: r.find(Note, make_note(1).id)) is not None
    assert desk.read(lambda r: r.find(Note, make_note(2).id)) is None


# State moves forward only with the rows it describes


def test_pages_before_a_cut_count_and_the_next_round_goes_on_behind_them(desk: Desk) -> None:
    """What came is kept with its state, though it was not yet enough for a transaction of its own."""
    first = Page(parts=[ScopePart(scope="team:t", state="s1", puts=[put(make_note(1))])], more=True)

    with pytest.raises(PeerTrouble):
        desk.sync(ScriptedPeer([[first, cut()]]))
    peer = ScriptedPeer()
    desk.sync(peer)

    assert desk.read(lambda r: r.find(Note, make_note(1).id)) is not None
    assert peer.asked[0].scopes == {"team:t": "s1"}


@pytest.mark.parametrize("where", ["INSERT INTO scope_member", "INSERT INTO notes", "INSERT INTO scope_state"])
def test_a_fault_at_any_step_of_a_page_leaves_state_and_rows_as_they_were(
    desk: Desk, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows without their state, or a state without its rows, are never on the disk."""
    begin = Page(parts=[whole("team:t", "s1", [put(make_note(1))])])
    desk.sync(ScriptedPeer([[begin]]))
    run = type(desk.store.writer()._connection).exec_driver_sql

    def fails(self: object, statement: str, *more: object) -> object:
        if statement.startswith(where) and armed:
            raise RuntimeError("the power went")
        return run(self, statement, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk.store.writer()._connection), "exec_driver_sql", fails)
    armed = True
    later = Page(parts=[whole("team:t", "s2", [put(make_note(2))])])
    with pytest.raises(RuntimeError):
        desk.sync(ScriptedPeer([[later]]))
    armed = False

    assert desk.read(members.scope_states) == {"team:t": "s1"}
    assert desk.read(lambda r: r.find(Note, make_note(2).id)) is None


def test_several_small_pages_are_one_transaction(desk: Desk) -> None:
    """A fast line does not make the disk wait at every page."""
    pages: list[Page | PeerTrouble] = [
        Page(parts=[ScopePart(scope="team:t", state=f"s{n}", puts=[put(make_note(n))])], more=n < 6)
        for n in range(1, 7)
    ]

    desk.sync(ScriptedPeer([pages]))

    assert desk.transactions <= 3
    assert desk.read(members.scope_states) == {"team:t": "s6"}


# Restored server


def test_a_restored_server_is_offered_all_that_was_not_durable(desk: Desk) -> None:
    """Another epoch: what the old one had answered and not backed up is sent again, what it had for ever is not."""
    desk.sync(ScriptedPeer())
    desk.write(lambda tx: [tx.add(make_note(n)) for n in (1, 2, 3)])
    desk.sync(ScriptedPeer())
    restored = ScriptedPeer(greeting=msgspec.structs.replace(GREETING, server_epoch="e2", durable_client_seq=1))

    desk.sync(restored)

    assert [m.client_seq for push in restored.pushed for m in push.mutations] == [2, 3]


# Access that ended takes the data off the device; unsent work goes first, and the server gets a receipt


def _held_case(desk: Desk) -> str:
    """A case with a note and a sent photo; the photo's SHA-256."""
    vault = Vault(desk.store)
    sha256 = vault.keep(b"photo")
    photo = make_attachment(sha256=sha256, size=5)
    puts = [put(make_person()), put(make_case()), put(make_note()), put(photo)]
    desk.sync(ScriptedPeer([[Page(parts=[whole("team:t", "s1", puts)])]]))

    def send(tx: object) -> None:
        mark_sent(tx, sha256)  # type: ignore[arg-type]
        update = attachment_key.update().values(thumbnail=b"small photo")
        tx.connection.execute(update)  # type: ignore[attr-defined]

    desk.write(send)
    return sha256


def test_revoked_sends_first_and_then_lets_go_of_everything(desk: Desk) -> None:
    """Rows, lists, search, thumbnails, keys and the files themselves leave, after what was unsent has gone up."""
    sha256 = _held_case(desk)
    place = sealed_path(desk.store.folder, desk.store.file_names_key, sha256)
    desk.write(lambda tx: tx.add(make_note(2)))
    assert place.exists()
    peer = ScriptedPeer(
        [[Page(closed=["team:t"])]],
        greeting=msgspec.structs.replace(GREETING, revoked=True),
        verdict=Verdict.HELD,
    )

    desk.sync(peer)

    assert peer.calls.index("push") < peer.calls.index("pull") < peer.calls.index("receipt")
    assert [note.id for note in desk.read(lambda r: r.all_of(Note))] == [make_note(2).id]
    for table in (local_table(Case), local_table(Person), attachment_key, scope_member, case_list, person_list):
        assert count(desk, table) == 0
    words = "SELECT count(*) FROM case_words UNION ALL SELECT count(*) FROM person_words"
    assert desk.read(lambda r: list(r.connection.exec_driver_sql(words).scalars())) == [1, 0]
    assert not place.exists()
    assert len(desk.read(outbox.returned)) == 1
    assert desk.read(lambda r: r.fact("revoked")) == "1"
    (receipt,) = peer.receipts
    assert (receipt.scopes, receipt.records, receipt.files, receipt.unsent) == (["team:t"], 4, 1, 0)


def test_a_receipt_waits_until_the_server_has_it(desk: Desk) -> None:
    """It is written with what left, and sent round after round until it is accepted, once."""
    _held_case(desk)
    desk.sync(ScriptedPeer([[Page(closed=["team:t"])]], refuses_receipts=True))
    assert len(desk.read(leaving.receipts)) == 1
    peer, later = ScriptedPeer(), ScriptedPeer()

    desk.sync(peer)
    desk.sync(later)

    assert [len(peer.receipts), len(later.receipts)] == [1, 0]


def test_a_file_that_was_to_leave_when_the_power_went_leaves_at_the_next_start(desk: Desk) -> None:
    """Its key is gone already; the noise it has become does not stay either."""
    sha256 = _held_case(desk)
    place = sealed_path(desk.store.folder, desk.store.file_names_key, sha256)
    content = place.read_bytes()
    desk.sync(ScriptedPeer([[Page(closed=["team:t"])]]))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    desk.write(lambda tx: tx.connection.exec_driver_sql("INSERT INTO gone_file (sha256) VALUES (?)", (sha256,)))
    desk.store.writer().take_off_gone()

    assert not place.exists()


def test_wiping_is_told_before_it_is_done(desk: Desk) -> None:
    """The server hears what the store still held; the window finds the order in the store."""
    desk.write(lambda tx: tx.add(make_person()))
    peer = ScriptedPeer(greeting=msgspec.structs.replace(GREETING, wipe=True))

    desk.sync(peer)

    assert desk.read(lambda r: r.fact("wipe")) == "1"
    (receipt,) = peer.receipts
    assert receipt.wiped


# Order is the server's; answered saves never hide what is newer


def test_an_answered_save_never_hides_a_newer_value(desk: Desk) -> None:
    """A colleague changed it after us: what the server sends is what is seen, though our line is still kept."""
    person = make_person()
    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s1", [put(person)])])]]))
    desk.write(lambda tx: tx.save(replace(person, known_as="Ours")))
    theirs = put(replace(person, known_as="Theirs"), 3)

    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s2", [theirs])])]]))

    assert desk.read(outbox.kept_until_durable_count) == 1
    assert desk.read(lambda r: r.get(Person, person.id)).known_as == "Theirs"


def test_an_answered_save_is_seen_until_it_comes_back(desk: Desk) -> None:
    """A page that was made before our save was applied does not take it off the screen."""
    person = make_person()
    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s1", [put(person)])])]]))
    desk.write(lambda tx: tx.save(replace(person, known_as="Ours")))
    older = put(replace(person, pronouns="she/her"), 1)

    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s2", [older])])]]))

    assert desk.read(lambda r: r.get(Person, person.id)).known_as == "Ours"


def test_a_value_that_no_record_can_keep_hides_no_other_save(desk: Desk) -> None:
    """A save that will be refused waits among good ones, and the record leaves and comes again with news: the good
    saves are seen on top of the news, and a line beside the bad value counts too."""
    person = make_person()
    desk.sync(ScriptedPeer([[Page(parts=[whole("residents", "s1", [put(person)])])]]))

    def save_badly(tx: Writing) -> None:
        tx.save(replace(person, known_as="Spoilt", language_spoken="Twi"))
        (line,) = tx.lines
        spoilt = replace(line.mutation, values={**line.mutation.values, "known_as": 7})
        tx.lines[0] = Line(spoilt, line.case_id, line.label)

    desk.write(save_badly)
    desk.write(lambda tx: tx.save(replace(tx.get(Person, person.id), full_name="Ours")))
    news = put(replace(person, known_as="Theirs", pronouns="she/her"), 2)
    gone = [Ref(person.kind, person.id)]

    desk.write(lambda tx: incoming.apply_part(tx, "residents", "s2", left=gone))
    desk.write(lambda tx: incoming.apply_part(tx, "team:t", "s1", puts=[news]))

    seen = desk.read(lambda r: r.get(Person, person.id))
    assert (seen.full_name, seen.language_spoken) == ("Ours", "Twi")
    assert (seen.known_as, seen.pronouns) == ("Theirs", "she/her")


# The first load: my own cases first, how far it has come, lists and search soon


def test_early_pages_let_work_begin_and_move_no_state(desk: Desk) -> None:
    """Records sent ahead are here, in lists too, after a cut; the scope still loads from its beginning."""
    early = Page(early=True, parts=[ScopePart(scope="team:t", state="never", puts=[put(make_case())])], total=9)

    with pytest.raises(PeerTrouble):
        desk.sync(ScriptedPeer([[early, cut()]]))

    assert desk.read(lambda r: r.get(Case, make_case().id)) == make_case()
    assert count(desk, case_list) == 1
    assert desk.read(members.scope_states) == {"team:t": ""}


def test_what_came_early_and_not_again_leaves(desk: Desk) -> None:
    """A case that moved to another team during the load is not kept because it came early."""
    early = Page(early=True, parts=[ScopePart(scope="team:t", state="", puts=[put(make_case()), put(make_note())])])
    rest = Page(parts=[whole("team:t", "s1", [put(make_note())])])

    outcome = desk.sync(ScriptedPeer([[early, rest]]))

    assert outcome.proved_equal
    assert desk.read(lambda r: r.find(Case, make_case().id)) is None
    assert desk.read(lambda r: r.find(Note, make_note().id)) is not None


def test_a_scope_that_only_came_early_can_still_be_closed(desk: Desk) -> None:
    """Access may end in the middle of a first load: the laptop names the scope, so the server can close it."""
    early = Page(early=True, parts=[ScopePart(scope="team:t", state="", puts=[put(make_case())])])
    with pytest.raises(PeerTrouble):
        desk.sync(ScriptedPeer([[early, cut()]]))
    peer = ScriptedPeer([[Page(closed=["team:t"])]])

    desk.sync(peer)

    assert peer.asked[0].scopes == {"team:t": ""}
    assert desk.read(lambda r: r.find(Case, make_case().id)) is None


def test_how_far_a_first_load_has_come_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """n of the total that the server gave with its first page."""
    monkeypatch.setattr(client, "ROWS_AT_ONCE", 1)
    all_of = [put(make_note(n)) for n in (1, 2, 3)]
    pages: list[Page | PeerTrouble] = [
        Page(parts=[ScopePart(scope="t", state="s1", puts=all_of[:2])], total=3),
        Page(parts=[ScopePart(scope="t", state="s2", puts=all_of[2:], end=end_of(all_of))]),
    ]

    desk.sync(ScriptedPeer([pages]))

    told = [(step.done, step.total) for step in desk.steps if step.stage is Stage.RECEIVING]
    assert told == [(2, 3), (3, 3)]


def test_lists_follow_a_first_load_and_go_on_after_a_cut(desk: Desk) -> None:
    """What is still to be computed is kept with the rows: a later round, even one that cannot reach the server,
    computes it, in small transactions."""
    many = [put(make_person(n)) for n in range(300)]
    page = Page(parts=[ScopePart(scope="residents", state="s1", puts=many)])
    with pytest.raises(PeerTrouble):
        desk.sync(ScriptedPeer([[page, cut()]]))
    queued = desk.read(to_derive.waiting)

    class Away(ScriptedPeer):
        def hello(self, message: object) -> object:  # type: ignore[override]
            raise cut()

    with pytest.raises(PeerTrouble):
        desk.sync(Away())

    assert queued == 2
    assert desk.read(to_derive.waiting) == 0
    assert count(desk, person_list) == 300
    told = [(step.done, step.total) for step in desk.steps if step.stage is Stage.INDEXING]
    assert told[-1] == (2, 2)


# Two live copies, too old, nonsense


def test_a_laptop_too_old_for_the_server_still_sends(desk: Desk) -> None:
    """It is never stranded: its work goes up, then it hears that it must be updated."""
    desk.write(lambda tx: tx.add(make_note()))
    peer = ScriptedPeer(greeting=msgspec.structs.replace(GREETING, schema_min=99))

    with pytest.raises(PeerTrouble) as caught:
        desk.sync(peer)

    assert caught.value.kind is PeerKind.TOO_OLD
    assert desk.read(outbox.unsent_count) == 0
    assert peer.calls == ["hello", "push"]


def test_why_the_last_round_failed_is_told_to_the_server(desk: Desk) -> None:
    """Whoever looks after devices can see what ails one."""
    heard: list[str] = []

    class Listening(ScriptedPeer):
        def hello(self, message: object) -> object:  # type: ignore[override]
            heard.append(message.trouble)  # type: ignore[attr-defined]
            return GREETING

    client.SyncRound(desk, Listening(), now=lambda: NOW, trouble="The line was cut.").run()  # type: ignore[arg-type]

    assert heard == ["The line was cut."]


# Digests that cost what changed


def test_a_deleted_record_is_noticed_in_every_scope_that_held_it(desk: Desk) -> None:
    """The other scope's count is added up anew, and proves equal without a repair."""
    one, two = put(make_note(1)), put(make_note(2))
    desk.sync(ScriptedPeer([[Page(parts=[whole("a", "a1", [one, two]), whole("b", "b1", [one, two])])]]))
    a = ScopePart(scope="a", state="a2", deleted=[Ref("note", one.id)], end=whole("a", "", [two]).end)
    b = ScopePart(scope="b", state="b2", end=whole("b", "", [two]).end)

    outcome = desk.sync(ScriptedPeer([[Page(parts=[a, b])]]))

    assert (outcome.proved_equal, outcome.repaired) == (True, ())

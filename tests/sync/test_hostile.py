"""A hostile client: a real officer's account in the hands of a program that asks for whatever it likes.

Each question is put twice: about what exists and may not be seen, and about what does not exist. The answers must not
differ in anything but the names the client itself made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.sync.laptops import JOAN, OWEN, RUTH, START, Centre, Laptop

from almoner.records import (
    SCHEMA,
    Address,
    Case,
    CaseShare,
    Conflict,
    ConsentGrant,
    HeldWork,
    Note,
    Participant,
    Person,
    Task,
    User,
)
from almoner.records.cases import Role
from almoner.records.derive import fields_of
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import instant_text, to_wire
from almoner.store.central import field_history, held, receipt
from almoner.sync.messages import DEFAULT_PULL_BYTES, Hello, Pull, Push, Put, Range, Ranges, Receipt
from almoner.sync.peer import PeerTrouble
from almoner.sync.serving import ServerPeer

Enrol = Callable[[User], Laptop]
SECRET = "Mould behind the cot"
ABSENT = {
    "case": "00000000-0000-7000-8000-00000000000a",
    "person": "00000000-0000-7000-8000-00000000000b",
    "address": "00000000-0000-7000-8000-00000000000c",
    "task": "00000000-0000-7000-8000-00000000000d",
    "note": "00000000-0000-7000-8000-00000000000e",
    "conflict": "00000000-0000-7000-8000-00000000000f",
    "held_work": "00000000-0000-7000-8000-000000000010",
    "case_share": "00000000-0000-7000-8000-000000000011",
    "consent_grant": "00000000-0000-7000-8000-000000000012",
}  # fmt: skip


class Hostile:
    """Joan's account, spoken to message by message."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.seq = centre, 0
        self.peer: ServerPeer = centre.peer(JOAN)
        self.peer.hello(Hello(client_id="hostile", generation=1, schema=SCHEMA))

    def push(self, save: Mutation, *, seen: bool = True) -> dict[str, Any]:
        """The whole answer to one save, and the record of held work that follows from it, if she gets to see it."""
        self.seq += 1
        save = replace(save, client_seq=self.seq, mutation_id=f"hostile-{self.seq}")
        known = self.held_work().keys()
        (result,) = self.peer.push(Push(client_id="hostile", generation=1, mutations=[save])).results
        answer = {**msgspec.to_builtins(result), "client_seq": 0, "mutation_id": ""}
        works = [put for key, put in self.held_work().items() if key not in known]
        assert len(works) == int(seen)
        return {"answer": answer, "held": [{**w.values, "id": "", "mutation_id": "", "rev": w.rev} for w in works]}

    def pulled(self, **scopes: str) -> list[Put]:
        pages = list(self.peer.pull(Pull(client_id="hostile", scopes=scopes, max_bytes=DEFAULT_PULL_BYTES)))
        return [put for page in pages for part in page.parts for put in part.puts]

    def held_work(self) -> dict[str, Put]:
        return {put.id: put for put in self.pulled() if put.kind == "held_work"}


@pytest.fixture
def there(enrol: Enrol, centre: Centre) -> dict[str, str]:
    """What the other team has, by kind: everything a hostile client would like to know of."""
    ruth, owen = enrol(RUTH), enrol(OWEN)
    case = ruth.new_case(SECRET, id="case-of-another-team-0001")
    person = ruth.new_person(SECRET, restricted_team_id="t1")
    note = ruth.new_note(case.id, SECRET)
    task = Task(id="task-1", case_id=case.id, title=SECRET, created_by=RUTH.id, recorded_at=START)
    ruth.add(task, Address(id="address-1", person_id=person.id, line_1=SECRET, confidential=True))
    share = CaseShare(id="share-1", case_id=case.id, user_id=OWEN.id, why=SECRET, shared_by=RUTH.id, shared_at=START)
    grant = ConsentGrant(
        id="grant-1", person_id=person.id, team_id="t1", purpose=SECRET, given_at=START, recorded_by=RUTH.id
    )
    ruth.add(share, grant)
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, title=f"{SECRET} one"), owen.change(Case, case.id, title=f"{SECRET} two")
    ruth.sync(), owen.sync()
    owen.new_note("no-such-case", SECRET)
    owen.sync()
    (conflict,), (work,) = owen.all_of(Conflict), owen.all_of(HeldWork)
    return {
        "case": case.id, "person": person.id, "address": "address-1", "task": "task-1", "note": note.id,
        "conflict": conflict.id, "held_work": work.id, "case_share": "share-1", "consent_grant": "grant-1",
    }  # fmt: skip


@pytest.fixture
def hostile(there: dict[str, str], centre: Centre) -> Hostile:
    """Joan, who is in another team, with a program of her own."""
    return Hostile(centre)


def _save(kind: str, record: str, *, base: int = 3, delete: bool = False, **values: Any) -> Mutation:
    revs = dict.fromkeys(values or {"": 0}, base) if base else {}
    return Mutation(
        client_seq=1, mutation_id="", made_at=instant_text(START), author=JOAN.id, schema=SCHEMA, kind=kind,
        record=record, base=revs, values=values, delete=delete,
    )  # fmt: skip


def _made(record: Any) -> Mutation:
    server = {field.name for field in fields_of(type(record)) if field.fact.server}
    values = {name: value for name, value in to_wire(record).items() if name != "id" and name not in server}
    return _save(record.kind, record.id, base=0, **values)


def _note(case_id: str) -> Note:
    return Note(id="n-new", case_id=case_id, text="Mine.", author_id=JOAN.id, happened_at=START, recorded_at=START)


ATTACKS: dict[str, Callable[[dict[str, str]], Mutation]] = {
    "change a case": lambda ids: _save("case", ids["case"], title="Mine"),
    "change a case unseen": lambda ids: _save("case", ids["case"], base=0, title="Mine"),
    "take a case over": lambda ids: _save("case", ids["case"], team_id="t2", owner_id=JOAN.id),
    "change what it was": lambda ids: _save("case", ids["case"], title=f"{SECRET} one"),
    "change what is never changed": lambda ids: _save("case", ids["case"], reference="ASH-1"),
    "change a field of a later version": lambda ids: _save("case", ids["case"], shoe_size=42),
    "change a case to nonsense": lambda ids: _save("case", ids["case"], title=7),
    "change nothing": lambda ids: _save("case", ids["case"]),
    "change a person": lambda ids: _save("person", ids["person"], full_name="Mine"),
    "open a person to all": lambda ids: _save("person", ids["person"], restricted_team_id=""),
    "say where": lambda ids: _save("address", ids["address"], line_1="Mine", confidential=False),
    "change a task": lambda ids: _save("task", ids["task"], title="Mine"),
    "rewrite a note": lambda ids: _save("note", ids["note"], base=0, text="Mine"),
    "remove a task": lambda ids: _save("task", ids["task"], delete=True),
    "remove a person": lambda ids: _save("person", ids["person"], delete=True),
    "remove a case": lambda ids: _save("case", ids["case"], base=0, delete=True),
    "remove a note": lambda ids: _save("note", ids["note"], delete=True),
    "settle a disagreement": lambda ids: _save("conflict", ids["conflict"], settled_by=JOAN.id, choice="offered"),
    "settle held work": lambda ids: _save("held_work", ids["held_work"], settlement="discarded"),
    "have held work sent on": lambda ids: _save("held_work", ids["held_work"], sent_on_to=JOAN.id),
    "open a share again": lambda ids: _save("case_share", ids["case_share"], until=None, state="open"),
    "open a consent again": lambda ids: _save("consent_grant", ids["consent_grant"], state="open"),
    "add a note": lambda ids: _made(_note(ids["case"])),
    "add a task": lambda ids: _made(
        Task(id="k-new", case_id=ids["case"], title="Mine", created_by=JOAN.id, recorded_at=START)
    ),
    "join a case": lambda ids: _made(
        Participant(id="p-new", case_id=ids["case"], person_id=ids["person"], role=Role.SUBJECT)
    ),
    "add an address": lambda ids: _made(Address(id="a-new", person_id=ids["person"], line_1="Mine")),
    "share a case with herself": lambda ids: _made(
        CaseShare(
            id="s-new", case_id=ids["case"], user_id=JOAN.id, why="Mine", shared_by=JOAN.id, shared_at=START
        )
    ),
    "grant herself consent": lambda ids: _made(
        ConsentGrant(
            id="g-new", person_id=ids["person"], team_id="t2", purpose="Mine", given_at=START, recorded_by=JOAN.id
        )
    ),
    "say she opened it": lambda ids: _save("case", ids["case"], opened_by=JOAN.id, title="Mine"),
}  # fmt: skip


def test_a_push_tells_nothing_about_what_is_hidden(there: dict[str, str], hostile: Hostile) -> None:
    """Verdict, words, rev, fields and the held work that follows are the same for hidden and for absent."""

    def answer(attack: str, ids: dict[str, str]) -> str:
        said = msgspec.json.encode(hostile.push(ATTACKS[attack](ids)), order="deterministic").decode()
        for kind, record_id in ids.items():
            said = said.replace(record_id, f"<{kind}>")
        return said

    hidden = {attack: answer(attack, there) for attack in ATTACKS}
    absent = {attack: answer(attack, ABSENT) for attack in ATTACKS}

    assert hidden == absent
    assert [attack for attack, said in hidden.items() if SECRET in said] == ["change what it was"]


def test_a_push_changes_nothing_that_is_hidden(there: dict[str, str], hostile: Hostile, centre: Centre) -> None:
    """No record of another team has another rev, and no disagreement is opened by a stranger."""

    def hidden() -> dict[tuple[str, str], int]:
        return {key: rev for key, rev in centre.holds(OWEN).items() if key[0] != "held_work"}

    before = hidden()
    for attack in ATTACKS.values():
        hostile.push(attack(there))

    assert hidden() == before
    assert len([row for row in centre.rows(held) if row["author"] == JOAN.id]) == len(ATTACKS)


def test_a_pull_gives_no_scope_that_is_not_hers(there: dict[str, str], hostile: Hostile, centre: Centre) -> None:
    """Whatever scopes she names and whatever states she makes up: told to let go of each, and given nothing."""
    names = ["team:t1", "user:u1", "confidential", "confidential:t1", f"case:{there['case']}", "team:unassigned",
             f"person:{there['person']}", "team:none", "user:none", "case:none", "person:none", "", "*"]  # fmt: skip
    epoch = hostile.peer.hello(Hello(client_id="hostile", generation=1, schema=SCHEMA)).server_epoch
    for state in ("", "0", f"{epoch}.1.0", f"{epoch}.1.1", "nonsense"):
        pages = list(hostile.peer.pull(Pull(client_id="hostile", scopes=dict.fromkeys(names, state))))
        said = msgspec.json.encode(pages).decode()

        assert {scope for page in pages for scope in page.closed} == set(names)
        assert not {part.scope for page in pages for part in page.parts} & set(names)
        assert SECRET not in said
        given = {put.id for page in pages for part in page.parts for put in part.puts}
        assert not given & set(there.values())


def test_ranges_say_the_same_of_a_hidden_and_of_an_absent_scope(there: dict[str, str], hostile: Hostile) -> None:
    """Not one word, kind or count differs."""
    said = set()
    for scope in ("team:t1", "confidential", f"case:{there['case']}", f"person:{there['person']}", "user:u1",
                  "team:none", "case:none", "person:none", "user:none", ""):  # fmt: skip
        with pytest.raises(PeerTrouble) as caught:
            hostile.peer.ranges(Ranges(client_id="hostile", scope=scope, ranges=[Range("", "~", 0, 0)]))
        said.add((caught.value.kind, caught.value.what, caught.value.do))

    assert len(said) == 1


def test_ranges_of_her_own_scopes_do_not_reach_beyond_them(there: dict[str, str], hostile: Hostile) -> None:
    """Whatever ends she gives a range, only members of the scope are listed."""
    said = ""
    for scope in ("staff", "residents", "team:t2", "user:u4"):
        for lo, hi in (("", "~"), ("", "\U0010ffff"), ("\x00", "~~"), (there["case"], there["case"] + "~")):
            reply = hostile.peer.ranges(Ranges(client_id="hostile", scope=scope, ranges=[Range(lo, hi, 0, 0)] * 3))
            said += msgspec.json.encode([one.puts for one in reply.listed]).decode()

    assert "Joan Marsh" in said
    assert not [record_id for record_id in there.values() if record_id in said]


def test_another_officers_store_cannot_be_spoken_for(
    there: dict[str, str], hostile: Hostile, enrol: Enrol, centre: Centre
) -> None:
    """Hello, push and receipt under the id of another's store are refused, and leave it as it was."""
    owen = enrol(OWEN)
    owen.sync()
    theirs = owen.read(lambda reading: reading.fact("client_id")) or ""
    save = replace(_made(_note(there["case"])), client_seq=1, mutation_id="m-1", author=OWEN.id)
    gone = Receipt(client_id=theirs, receipt_id="r-1", made_at=instant_text(START), wiped=True)
    for ask in (
        lambda: hostile.peer.hello(Hello(client_id=theirs, generation=1, schema=SCHEMA)),
        lambda: hostile.peer.push(Push(client_id=theirs, generation=1, mutations=[save])),
        lambda: hostile.peer.receipt(gone),
    ):
        with pytest.raises(PeerTrouble, match="another officer"):
            ask()

    assert centre.rows(receipt) == []
    assert owen.sync().proved_equal


def test_a_save_sent_again_by_a_stranger_tells_nothing_of_its_answer(
    there: dict[str, str], hostile: Hostile, centre: Centre
) -> None:
    """Who knows the ids of another's saves does not learn what became of them, nor the revs of their records."""
    theirs = sorted({row["mutation_id"] for row in centre.rows(field_history) if row["author"] == RUTH.id})
    saves = [
        replace(_save("case", there["case"], title="Mine"), client_seq=seq, mutation_id=mutation_id)
        for seq, mutation_id in enumerate(theirs, start=1)
    ]
    results = hostile.peer.push(Push(client_id="hostile", generation=1, mutations=saves)).results
    hostile.seq = len(saves)
    usual = hostile.push(ATTACKS["change a case"](ABSENT))["answer"]["text"]

    assert len(results) > 3
    assert {(r.verdict, r.rev, tuple(r.fields), r.text) for r in results} == {(Verdict.HELD, 0, (), usual)}


def test_a_save_in_anothers_name_is_held_whatever_it_is_about(there: dict[str, str], hostile: Hostile) -> None:
    """Joan cannot write as Ruth, and cannot learn from the answer what Ruth may see."""
    answers = []
    for attack in (ATTACKS["change a case"], ATTACKS["remove a task"], ATTACKS["change a case to nonsense"]):
        for ids in (there, ABSENT):
            answers.append(hostile.push(replace(attack(ids), author=RUTH.id), seen=False)["answer"])

    assert answers == [answers[0]] * 6
    assert (answers[0]["verdict"], answers[0].get("rev", 0)) == ("held", 0)
    assert hostile.held_work() == {}, "it is in Ruth's tray, not in that of whoever sent it"


def test_nothing_a_revoked_device_sends_tells_it_anything(there: dict[str, str], centre: Centre) -> None:
    """One answer for all: about hidden, absent and even its own officer's records."""
    peer = centre.peer(JOAN, revoked=True)
    saves = [
        replace(attack(ids), client_seq=number * 2 + place + 1, mutation_id=f"m{number}-{place}")
        for number, attack in enumerate(ATTACKS.values())
        for place, ids in enumerate((there, ABSENT))
    ]
    results = peer.push(Push(client_id="hostile", generation=1, mutations=saves)).results
    answers = {(r.verdict, r.rev, r.text, tuple(r.fields)) for r in results}
    pages = list(peer.pull(Pull(client_id="hostile", scopes={"staff": "", "team:t2": "", "team:t1": ""})))

    assert len(answers) == 1
    assert {r.verdict for r in results} == {Verdict.HELD}
    assert [part for page in pages for part in page.parts] == []


def test_a_person_one_may_not_see_is_not_told_by_a_flag(there: dict[str, str], hostile: Hostile) -> None:
    """Guessing ids: the person of another team never comes, whatever is pushed about them."""
    for attack in ("change a person", "open a person to all", "add an address", "grant herself consent"):
        hostile.push(ATTACKS[attack](there))

    assert not [put for put in hostile.pulled() if put.id in (there["person"], there["address"])]
    assert [put.id for put in hostile.pulled() if put.kind == Person.kind] == []

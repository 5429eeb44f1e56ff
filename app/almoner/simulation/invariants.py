"""What must hold in every world, whatever happens; each is a function that raises `Broken`.

| no | invariant | function |
|---|---|---|
| 1 | every answered save is in the history or held, for ever | `answered_saves_are_kept` |
| 2 | every value saved is reachable: current, conflict, history, held, or still in an outbox | `values_are_reachable` |
| 3 | at rest a laptop's rows equal the server's rows of its scopes, and digests agree | `copies_agree` |
| 4 | after a pull a laptop holds nothing outside its scopes | `nothing_outside_scopes` |
| 5 | a laptop's state never runs ahead of its rows | `states_are_not_ahead` |
| 6 | sending pushes again changes nothing | `pushes_again_change_nothing` |
| 7 | scope order is commit order; a reader misses nothing; counts and digests are true | `readers_miss_nothing` |
| 8 | own saves stay in view, and apply in the order made | `own_saves_stay_in_view`, `saves_apply_in_order` |
| 9 | unsent work of a revoked laptop is at the server | `revoked_work_is_held` |
| 10 | after a restore, what is newer than the copy comes again | `restored_server_has_all` |
| 11 | copied and rolled-back laptops apply nothing twice | `nothing_applies_twice` |
| 12 | fields of a newer version pass through older laptops unchanged | `newer_fields_are_carried` |
| 13 | a laptop's clock decides nothing | `clocks_decide_nothing` |
| 14 | a save that cannot be kept delays no other | `poison_delays_nobody` |
| 15 | without new saves a few rounds reach rest | `rest_is_reached` |
| 16 | bytes of attachments match their hash after any cut | `files_match` |
| 17 | merging goes by each field's rule | `nothing_is_overwritten_unseen` |
| 17 | what is sent does not depend on the size of pages | `page_size_changes_nothing` |
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice

from almoner.records import RECORDS
from almoner.records.derive import fields_of
from almoner.records.facts import Merge
from almoner.records.mutation import Verdict
from almoner.records.wire import Plain, instant_text
from almoner.rules.digests import digest_of
from almoner.simulation.acts import POISON
from almoner.simulation.memory_books import MemoryLedger
from almoner.simulation.scene import Scene, Station, Watch, allowed, within
from almoner.simulation.server import Audit, MemoryKept
from almoner.simulation.shelves import Shelves
from almoner.simulation.town import START
from almoner.store import whole
from almoner.store.attachments import files_to_send
from almoner.store.central_audit import Offer
from almoner.store.central_rows import Key, Stored
from almoner.store.central_scopes import PUT
from almoner.store.ledger import Ledger
from almoner.store.lines import LineState
from almoner.sync import sending
from almoner.sync.client import SyncOutcome

_IN_FORCE = ("applied", "merged")
_ALL = "\U0010ffff"
_MANY = 100_000
_ASKED = {r.kind: {f.name for f in fields_of(r) if f.fact.merge is Merge.ASK} for r in RECORDS}
PUSHED_AGAIN = 4
"""Pushes of each laptop that are sent again at rest."""


class Broken(AssertionError):
    """An invariant does not hold. `number` is its number in the table."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"invariant {number}: {what}")
        self.number = number


def _hold(number: int, holds: bool, what: str) -> None:
    if not holds:
        raise Broken(number, what)


def answered_saves_are_kept(scene: Scene, audit: Audit) -> None:
    """1: whatever was answered is written down."""
    kept = {offer.mutation_id for offer in audit.offers} | audit.held.keys()
    missing = (scene.answered() | audit.saves.keys()) - kept
    _hold(1, not missing, f"{len(missing)} answered saves are in neither history nor held")
    _hold(1, scene.answered() <= audit.saves.keys(), "an answered save is not known to the server")


def values_are_reachable(scene: Scene, audit: Audit) -> None:
    """2: each value of each save can be found again."""
    offered: dict[str, dict[str, Plain | dict[str, Plain]]] = {}
    for offer in audit.offers:
        offered.setdefault(offer.mutation_id, {})[offer.field] = offer.value
    waiting = {kept.mutation.mutation_id for s in scene.alive() for kept in s.laptop.read(whole.lines)}
    for mutation_id, save in scene.owed().items():
        held, found = audit.held.get(mutation_id), offered.get(mutation_id, {})
        if held is not None:
            _hold(2, (held.values, held.added) == (save.values, save.added), "held work differs from what was saved")
            continue
        if mutation_id not in audit.saves:
            _hold(2, mutation_id in waiting, f"a save of a {save.kind} is nowhere")
            continue
        made = found.get("")
        for name, value in save.values.items():
            if name in found:
                at_hand = found[name] == value or isinstance(found[name], list)
            else:
                at_hand = isinstance(made, dict) and made.get(name, value) == value
            _hold(2, at_hand, f"a value of {save.kind}.{name} cannot be found")


def copies_agree(station: Station, records: dict[Key, Stored], *, at_rest: bool) -> None:
    """3: what the laptop shows is what the server has for it; with `at_rest` value by value."""
    laptop = station.laptop
    theirs = _seen_by(station, records)
    lines = laptop.read(whole.lines)
    busy = set() if at_rest else {(kept.mutation.kind, kept.mutation.record) for kept in lines}
    own = {(kept.mutation.kind, kept.mutation.record) for kept in lines}
    ours = {k: rev for k, rev in laptop.read(whole.revs).items() if not (rev == 0 and k in own) and k not in busy}
    wanted = {key: one.rev for key, one in theirs.items() if key not in busy}
    _hold(3, ours == wanted, f"rows differ: {_difference(ours, wanted)}")
    if at_rest:
        values = laptop.read(whole.values)
        for key, one in theirs.items():
            _hold(3, values[key] == {**one.values, **one.extra}, f"a {key[0]} differs")


def _seen_by(station: Station, records: dict[Key, Stored]) -> dict[Key, Stored]:
    """What a pull was to bring: the scopes that were the officer's when it began, as they stood when it ended."""
    line = station.line
    began = records if line.began is None else line.began.standing()
    scopes = allowed(began, station.laptop.user.id, revoked=line.was_revoked, now=line.moment_at)
    return within(records, scopes)


def _difference(ours: dict[Key, int], theirs: dict[Key, int]) -> str:
    more, less = sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys())
    other = sorted(key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key])
    return f"only here {more[:3]}, only there {less[:3]}, other rev {other[:3]}"


def nothing_outside_scopes(station: Station, records: dict[Key, Stored]) -> None:
    """4: after a pull only what the officer may see is on the laptop, and their own work that is on its way."""
    laptop = station.laptop
    own = {(kept.mutation.kind, kept.mutation.record) for kept in laptop.read(whole.lines)}
    beyond = laptop.read(whole.revs).keys() - _seen_by(station, records).keys() - own
    _hold(4, not beyond, f"holds {sorted(beyond)[:3]} outside its scopes")


def states_are_not_ahead(station: Station, shelves: Shelves) -> None:
    """5: what a state says has come, is there."""
    for scope, place in station.laptop.read(whole.places).items():
        epoch, _, rest = place.state.rpartition(".")
        if epoch != f"{shelves.facts['epoch']}.1" or not rest.isdigit():
            continue
        for key, member in shelves.members.get(scope, {}).items():
            if member.state == PUT and member.seq <= int(rest):
                _hold(5, place.members.get(key) == member.hash, f"the state of {scope} is ahead of a {key[0]}")


def pushes_again_change_nothing(scene: Scene) -> None:
    """6: any beginning of what was pushed and answered, sent again, changes nothing."""
    before = scene.server.kept.audit()
    for station in scene.stations:
        peer = scene.server.peer(station.laptop.user, station.laptop.device_id)
        known = (p for p in station.line.pushed if all(m.mutation_id in before.saves for m in p.mutations))
        for push in islice(known, PUSHED_AGAIN):
            peer.push(push)
    after = scene.server.kept.audit()
    _hold(6, before.records == after.records, "a push sent again changed a record")
    _hold(6, before.saves == after.saves, "a push sent again was answered anew")
    _hold(6, len(before.offers) == len(after.offers) and before.held == after.held, "the history grew")


def readers_miss_nothing(scene: Scene, ledger: Ledger, scope_ids: Iterable[str]) -> None:
    """7: one that reads on from where it was has at every moment all there is; count and digest say so."""
    standings = ledger.standings(scope_ids)
    for scope_id, standing in standings.items():
        watch = scene.watches.setdefault(scope_id, Watch())
        for place in ledger.positions_after(scope_id, watch.seq, _MANY, present_only=False):
            key = (place.kind, place.record_id)
            (watch.found.add if place.state == PUT else watch.found.discard)(key)
        watch.seq = standing.seq
        here = ledger.hashes_between(scope_id, "", _ALL)
        _hold(7, watch.found == {key for _, key, _ in here}, f"a reader of {scope_id} missed something")
        true = (len(here), digest_of(h for _, _, h in here) if here else 0)
        _hold(7, (standing.count, standing.digest) == true, f"count or digest of {scope_id} is wrong")


def own_saves_stay_in_view(station: Station) -> None:
    """8: what was saved here and was never answered is what the screens show, as long as its record may be here."""
    lines = [kept.mutation for kept in station.laptop.read(whole.lines) if kept.state is LineState.WAITING]
    waiting = [save for save in lines if save.mutation_id not in station.line.ever_answered]
    if not waiting:
        return
    values = station.laptop.read(whole.values)
    here = {key for place in station.laptop.read(whole.places).values() for key in place.members}
    made = {(save.kind, save.record) for save in waiting if not save.base}
    removed = {(save.kind, save.record) for save in waiting if save.delete}
    last: dict[tuple[Key, str], Plain] = {}
    for save in waiting:
        last |= {((save.kind, save.record), name): value for name, value in save.values.items()}
    for (key, name), value in last.items():
        if value != POISON and key not in removed and key in made | here:
            _hold(8, key in values, f"an own {key[0]} vanished")
            _hold(8, values[key].get(name) == value, f"an own value of {key[0]}.{name} vanished")


def saves_apply_in_order(scene: Scene, audit: Audit) -> None:
    """8: of two saves of one laptop to one field the later stands on the earlier."""
    for station in scene.stations:
        place = {save.mutation_id: n for n, save in enumerate(station.laptop.saves)}
        rev_of: dict[tuple[str, str, str], tuple[int, int]] = {}
        mine = [o for o in audit.offers if o.mutation_id in place and o.outcome in _IN_FORCE]
        for offer in sorted(mine, key=lambda o: place[o.mutation_id]):
            field = (offer.kind, offer.record_id, offer.field)
            before = rev_of.get(field, (0, -1))
            _hold(8, offer.rev > before[0], f"two saves of {offer.kind}.{offer.field} applied in the wrong order")
            rev_of[field] = (offer.rev, place[offer.mutation_id])


def revoked_work_is_held(scene: Scene, audit: Audit) -> None:
    """9: whatever a revoked laptop had not sent is at the server."""
    for station in scene.stations:
        if station.laptop.device_id in scene.server.revoked:
            missing = {s.mutation_id for s in station.laptop.saves} - scene.lost - audit.saves.keys()
            _hold(9, not missing, f"{len(missing)} saves of a revoked laptop are lost")


def restored_server_has_all(scene: Scene, audit: Audit) -> None:
    """10: what laptops still held when the server went back to a copy is there again."""
    missing = scene.offered_again - scene.lost - audit.saves.keys()
    _hold(10, not missing, f"{len(missing)} saves newer than the copy did not come again")


def nothing_applies_twice(audit: Audit) -> None:
    """11: one save, one answer, one step of a record."""
    steps: dict[tuple[str, str, int], str] = {}
    seen: set[tuple[str, str, str, str]] = set()
    for o in audit.offers:
        name = (o.kind, o.record_id, o.field, o.mutation_id)
        _hold(11, name not in seen, f"a save of {o.kind}.{o.field} is in the history twice")
        seen.add(name)
        if o.outcome in _IN_FORCE:
            other = steps.setdefault((o.kind, o.record_id, o.rev), o.mutation_id)
            _hold(11, other == o.mutation_id, f"two saves made one step of a {o.kind}")


def newer_fields_are_carried(scene: Scene, audit: Audit) -> None:
    """12: what only a newer version knows is where it was put."""
    for key, fields in scene.newer.items():
        stored = audit.records.get(key)
        if stored is not None:
            _hold(12, fields.items() <= stored.extra.items(), f"a field of a newer version left a {key[0]}")


def clocks_decide_nothing(scene: Scene, audit: Audit) -> None:
    """13: times that count are the server's, however wrong a laptop's clock is."""
    now = scene.server.clock.now()
    wrong = [offer for offer in audit.offers if not START <= offer.received_at <= now]
    _hold(13, not wrong, "a laptop's clock was taken for the server's")
    for key, one in audit.records.items():
        for name in ("received_at", "offered_at", "made_at", "held_at"):
            at = one.values.get(name) if key[0] in ("conflict", "held_work") else None
            _hold(13, at is None or str(at) <= instant_text(now), f"{key[0]}.{name} is later than now")


def poison_delays_nobody(scene: Scene, audit: Audit) -> None:
    """14: what cannot be kept is set aside, and what was saved after it arrived."""
    for mutation_id in scene.poisoned & scene.owed().keys():
        answer = audit.saves.get(mutation_id)
        _hold(14, answer is not None, "a save that cannot be kept was not answered")
        refused = answer is not None and answer.verdict in (Verdict.REJECTED, Verdict.HELD)
        _hold(14, refused and mutation_id in audit.held, "a save that cannot be kept was not set aside")
    missing = scene.owed().keys() - audit.saves.keys()
    _hold(14, not missing, f"{len(missing)} saves are still not answered")


def rest_is_reached(outcomes: list[SyncOutcome]) -> None:
    """15: nothing waits, nothing is new, nothing had to be mended, and all is proved equal."""
    _hold(15, all(o.unsent == 0 for o in outcomes), "work waits although the line is good")
    _hold(15, all(o.received == 0 and o.left == 0 for o in outcomes), "quiet rounds bring news for ever")
    _hold(15, all(o.repaired == () for o in outcomes), "quiet rounds mend for ever")


def files_match(scene: Scene, audit: Audit) -> None:
    """16: every file at the server and on a laptop is what its hash says, and none that was kept is lost."""
    for sha256, content in scene.server.files.items():
        _hold(16, hashlib.sha256(content).hexdigest() == sha256, "a file at the server is spoilt")
    for station in scene.alive():
        vault = station.laptop.vault()
        _hold(16, not station.laptop.read(files_to_send), "a file waits although the line is good")
        for key, one in audit.records.items():
            sha256 = str(one.values.get("sha256"))
            if key[0] == "attachment" and vault.has(sha256):
                _hold(16, hashlib.sha256(vault.read(sha256)).hexdigest() == sha256, "a file on a laptop is spoilt")


def nothing_is_overwritten_unseen(scene: Scene, audit: Audit) -> None:
    """17: a field that is asked about never takes a value whose author had not seen what it replaces."""
    saves = scene.owed()
    steps: dict[tuple[str, str, str], list[Offer]] = {}
    for offer in audit.offers:
        if offer.outcome in _IN_FORCE and offer.field in _ASKED.get(offer.kind, ()):
            steps.setdefault((offer.kind, offer.record_id, offer.field), []).append(offer)
    for (kind, _, field), offers in steps.items():
        for offer in offers:
            save = saves.get(offer.mutation_id)
            base = save.base.get(field, 0) if save is not None else offer.rev
            unseen = [o for o in offers if base < o.rev < offer.rev and o.author != offer.author]
            _hold(17, not unseen, f"a value of {kind}.{field} was overwritten unseen")


def page_size_changes_nothing(scene: Scene, ledger: Ledger, scopes: frozenset[str]) -> None:
    """17: row by row or all at once, a first load brings the same."""
    found: list[dict[tuple[str, Key], object]] = []
    for page_rows in (1, 500):
        rows: dict[tuple[str, Key], object] = {}
        for page in sending.pages(ledger, scopes, {}, max_bytes=10**9, page_rows=page_rows):
            for part in page.parts:
                rows |= {(part.scope, (put.kind, put.id)): put for put in part.puts}
        found.append(rows)
    _hold(17, found[0] == found[1], "small pages bring something else than large ones")


def every_scope(scene: Scene) -> list[str]:
    """The scopes there are, when the books are in memory; else those every council has."""
    kept = scene.server.kept
    if isinstance(kept, MemoryKept):
        return sorted(kept.shelves.scopes)
    return ["residents", "staff", "team:t1", "team:t2", "team:unassigned", "confidential"]


def watching(scene: Scene) -> None:
    """Let the reader that never rests read on."""
    kept = scene.server.kept
    if isinstance(kept, MemoryKept):
        readers_miss_nothing(scene, MemoryLedger(kept, kept.shelves), every_scope(scene))
        return
    with kept.read() as ledger:
        readers_miss_nothing(scene, ledger, every_scope(scene))

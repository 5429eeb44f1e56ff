"""What officers of a world do on their laptops, each in one transaction and each chosen by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from almoner.records import Address, Attachment, Case, Conflict, ContactPoint, Flag, Person
from almoner.records.cases import CaseStatus, Priority
from almoner.records.derive import Record
from almoner.records.held_work import HeldWork, Settlement
from almoner.records.people import Channel, FlagKind
from almoner.records.sharing import CaseShare, ConsentGrant, SharingState
from almoner.rules.access import REMOVABLE
from almoner.simulation.laptop import Laptop
from almoner.simulation.town import OFFICERS, TEAMS, a_case, a_note
from almoner.store import outbox
from almoner.store.lines import Line
from almoner.store.writing import Writing

R = TypeVar("R", bound=Record)
NAMES = ("Maya Okafor", "Tom Reed", "Ana Silva", "Yusuf Khan")
NEEDS = ("stairs", "hearing", "reading")
HOT = 0.75
"""How often the record is chosen that everybody chooses: without that two officers hardly ever meet in one field."""
POISON = 7
"""A title that is no text: a save like this is refused by the server and must keep no other waiting."""


class Acts:
    """The acts of one officer at one laptop. `poisoned` collects the ids of the saves that must be refused; `put_away`
    those that came back and were dealt with."""

    def __init__(self, laptop: Laptop, chance: random.Random, poisoned: set[str]) -> None:
        self._laptop, self._chance, self._poisoned = laptop, chance, poisoned
        self.put_away: set[str] = set()
        often = (self._note, self._note, self._priority, self._needs, self._hand_over, self._restrict)
        seldom = (
            self._person,
            self._case,
            self._phone,
            self._restrict,
            self._flag,
            self._address,
            self._hide_address,
            self._share,
            self._end_share,
            self._consent,
            self._end_consent,
            self._attach,
            self._close,
            self._remove,
            self._settle,
            self._deal_with,
            self._poison,
            self._several,
        )
        asked = (self._title, self._rename, self._title, self._rename, self._hand_over, self._close)
        self._all: tuple[Callable[[Writing], None], ...] = (*asked, *asked, *asked, *often, *seldom)

    def one(self) -> None:
        """Do one thing."""
        self._laptop.write(self._chance.choice(self._all))

    def _new(self) -> str:
        return self._laptop.ids.new()

    def _any(self, tx: Writing, cls: type[R]) -> R | None:
        """One of the records here, most often the one that everybody is busy with."""
        found = tx.all_of(cls)
        if found and self._chance.random() < HOT:
            return found[-1]
        return self._chance.choice(found) if found else None

    def _several(self, tx: Writing) -> None:
        """One action that touches many records at once."""
        for act in self._chance.sample((self._note, self._title, self._priority, self._needs, self._case), 3):
            act(tx)

    # ---- residents

    def _person(self, tx: Writing) -> None:
        tx.add(Person(id=self._new(), full_name=self._chance.choice(NAMES), support_needs=("stairs",)))

    def _phone(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            tx.add(ContactPoint(id=self._new(), person_id=person.id, channel=Channel.PHONE, value="01632 960001"))

    def _rename(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            name, other = self._chance.choice(NAMES), self._chance.choice(NAMES)
            tx.save(replace(person, full_name=name, known_as=other))

    def _needs(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            words = self._chance.sample(NEEDS, self._chance.randrange(4))
            tx.save(replace(person, support_needs=tuple(sorted(words)), interpreter=self._chance.random() < 0.5))

    def _restrict(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            tx.save(replace(person, restricted_team_id=self._chance.choice(("", *TEAMS))))

    def _flag(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            tx.add(
                Flag(
                    id=self._new(),
                    person_id=person.id,
                    warning=FlagKind.RISK_TO_STAFF,
                    reason="Was threatened.",
                    starts_on=tx.now.date(),
                    review_on=tx.now.date(),
                )
            )

    def _address(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            hidden = self._chance.random() < 0.5
            tx.add(Address(id=self._new(), person_id=person.id, line_1="4 Mill Lane", confidential=hidden))

    def _hide_address(self, tx: Writing) -> None:
        if address := self._any(tx, Address):
            tx.save(replace(address, confidential=not address.confidential))

    def _consent(self, tx: Writing) -> None:
        if person := self._any(tx, Person):
            tx.add(
                ConsentGrant(
                    id=self._new(),
                    person_id=person.id,
                    team_id=self._chance.choice(TEAMS),
                    purpose="Joint visit",
                    given_at=tx.now,
                    recorded_by=tx.me,
                    until=self._until(tx),
                )
            )

    def _end_consent(self, tx: Writing) -> None:
        if grant := self._any(tx, ConsentGrant):
            tx.save(replace(grant, state=SharingState.ENDED, ended_at=tx.now, ended_by=tx.me))

    # ---- cases

    def _case(self, tx: Writing) -> None:
        team = self._chance.choice(("t1", "t1", "t2", ""))
        tx.add(a_case(self._new(), team_id=team, opened_by=tx.me, now=tx.now))

    def _note(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            tx.add(a_note(self._new(), case_id=case.id, author_id=tx.me, now=tx.now))

    def _priority(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            tx.save(replace(case, priority=self._chance.choice(list(Priority))))

    def _title(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            tx.save(replace(case, title=self._chance.choice(NAMES)))

    def _hand_over(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            tx.save(replace(case, team_id=self._chance.choice(TEAMS)))

    def _close(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            status = CaseStatus.OPEN if case.status is CaseStatus.CLOSED else CaseStatus.CLOSED
            tx.save(replace(case, status=status, closed_at=tx.now if status is CaseStatus.CLOSED else None))

    def _share(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            to_team = self._chance.random() < 0.5
            tx.add(
                CaseShare(
                    id=self._new(),
                    case_id=case.id,
                    team_id=self._chance.choice(TEAMS) if to_team else "",
                    user_id="" if to_team else self._chance.choice(OFFICERS).id,
                    why="A joint visit",
                    shared_by=tx.me,
                    shared_at=tx.now,
                    until=self._until(tx),
                )
            )

    def _end_share(self, tx: Writing) -> None:
        if share := self._any(tx, CaseShare):
            tx.save(replace(share, state=SharingState.ENDED, ended_at=tx.now, ended_by=tx.me))

    def _until(self, tx: Writing) -> date | None:
        days = self._chance.choice((None, 0, 2))
        return None if days is None else (tx.now + timedelta(days=days)).date()

    def _attach(self, tx: Writing) -> None:
        if case := self._any(tx, Case):
            content = self._chance.randbytes(self._chance.randrange(1, 4_000))
            sha256 = self._laptop.vault().keep(content)
            tx.add(
                Attachment(
                    id=self._new(),
                    case_id=case.id,
                    name="Photo",
                    media_type="image/jpeg",
                    size=len(content),
                    sha256=sha256,
                    author_id=tx.me,
                    happened_at=tx.now,
                    recorded_at=tx.now,
                )
            )

    # ---- what comes back, what goes, and what is wrong

    def _remove(self, tx: Writing) -> None:
        classes: list[type[Record]] = [Person, Case, ContactPoint, Address, Attachment]
        found = self._any(tx, self._chance.choice([c for c in classes if c.kind in REMOVABLE]))
        if found is not None:
            tx.remove(found)

    def _settle(self, tx: Writing) -> None:
        if conflict := self._any(tx, Conflict):
            choice = self._chance.choice(("mine", "theirs"))
            tx.save(replace(conflict, settled_at=tx.now, settled_by=tx.me, choice=choice))

    def _deal_with(self, tx: Writing) -> None:
        """Held work is taken over or discarded; a returned line is put away by its author."""
        if held := self._any(tx, HeldWork):
            how = self._chance.choice((Settlement.DISCARDED, Settlement.TAKEN_OVER))
            self.put_away.add(held.mutation_id)
            tx.save(replace(held, settlement=how, settled_at=tx.now, settled_by=tx.me, settled_why="Seen to"))
        for line in outbox.returned(tx)[:1]:
            save = outbox.mutation_of(tx, line.client_seq)
            outbox.discard(tx, line.client_seq)
            self.put_away |= {save.mutation_id} if save else set()

    def _poison(self, tx: Writing) -> None:
        """A save that no server can keep: its title is a number."""
        if case := self._any(tx, Case):
            before = len(tx.lines)
            tx.save(replace(case, title=f"{case.title[:50]} again"))
            for place in range(before, len(tx.lines)):
                line = tx.lines[place]
                spoilt = replace(line.mutation, values={**line.mutation.values, "title": POISON})
                tx.lines[place] = Line(spoilt, line.case_id, line.label)
                self._poisoned.add(spoilt.mutation_id)

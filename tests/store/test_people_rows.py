"""What the list of people shows beside names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.desks import SANA, Bench

from almoner.casework.cases import log_case
from almoner.casework.residents import add_person, raise_flag
from almoner.records.people import FlagKind
from almoner.store.lists import people_page
from almoner.store.people_rows import people_notes, person_place


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A desk with its store."""
    return Bench(tmp_path / "laptop")


def test_open_cases_and_warnings(bench: Bench) -> None:
    """Open cases about a person are counted and warnings named; who has neither is left out."""
    ada, bo = (bench.do(add_person, full_name=name) for name in ("Ada Nowicka", "Bo Lee"))
    for _ in range(2):
        bench.do(
            log_case, service="damp-and-mould", case_kind="potential-significant-hazard", title="Mould",
            subject_id=ada.id,
        )  # fmt: skip
    bench.do(raise_flag, ada.id, warning=FlagKind.RISK_TO_STAFF, reason="Dog.", agreed_by=SANA.id, person_told=True)
    notes = bench.look(lambda reading: people_notes(reading, [ada.id, bo.id]))
    bench.close()

    assert set(notes) == {ada.id}
    assert notes[ada.id].open_cases == 2
    assert notes[ada.id].flags == ("Risk to staff",)


def test_place_is_that_of_the_list(bench: Bench) -> None:
    """Where a person stands is where the list by surname shows them; somebody unknown stands nowhere."""
    for name in ("Zoe Adams", "Ada Adams", "Cher", "Bo Lee", "Ada Adams"):
        bench.do(add_person, full_name=name)
    rows = bench.look(people_page)
    places = bench.look(lambda reading: [person_place(reading, row.id) for row in rows])
    nowhere = bench.look(lambda reading: person_place(reading, "nobody"))
    bench.close()

    assert places == list(range(5))
    assert nowhere is None

from dataclasses import replace
from datetime import date

import pytest

from almoner.records.trouble import Trouble
from almoner.rules.service_line import Choice, ServiceLine, ServiceLines


def version(line: ServiceLine, number: int, begins: date, ends: date | None = None) -> ServiceLine:
    return replace(line, version=number, effective_from=begins, effective_to=ends)


@pytest.fixture
def two(damp: ServiceLine) -> tuple[ServiceLine, ServiceLine]:
    older = version(damp, 1, date(2025, 10, 27), date(2026, 9, 30))
    return older, version(damp, 2, date(2026, 10, 1))


def test_a_case_keeps_its_version(two: tuple[ServiceLine, ServiceLine]) -> None:
    """A new version does not change the line a case was opened under; new cases take the one in force."""
    lines = ServiceLines(two)

    assert lines.get("damp-and-mould", 1) == two[0]
    assert lines.current("damp-and-mould", date(2026, 9, 30)).version == 1
    assert lines.current("damp-and-mould", date(2026, 10, 1)).version == 2
    assert [line.version for line in lines.all_current(date(2026, 12, 17))] == [2]
    assert lines.codes == ("damp-and-mould",)


def test_what_is_not_here_is_said(two: tuple[ServiceLine, ServiceLine]) -> None:
    """A version that has not reached this computer, and a day before the law began, are answered with a remedy."""
    lines = ServiceLines(two)

    with pytest.raises(Trouble, match="Version 3") as caught:
        lines.get("damp-and-mould", 3)
    assert "sync" in caught.value.do
    with pytest.raises(Trouble, match="26 October 2025"):
        lines.current("damp-and-mould", date(2025, 10, 26))
    assert lines.all_current(date(2025, 10, 26)) == ()


def test_versions_leave_no_gap_and_never_overlap(two: tuple[ServiceLine, ServiceLine]) -> None:
    """Every day has one set of rules."""
    older, newer = two

    with pytest.raises(Trouble, match="3 days have no rules"):
        ServiceLines([older, version(newer, 2, date(2026, 10, 4))])
    with pytest.raises(Trouble, match="in force on the same day"):
        ServiceLines([older, version(newer, 2, date(2026, 9, 30))])
    with pytest.raises(Trouble, match="in force on the same day"):
        ServiceLines([version(older, 1, date(2025, 10, 27)), newer])
    with pytest.raises(Trouble, match="two files for version 1"):
        ServiceLines([older, older])


def test_a_part_that_is_not_there_is_named(damp: ServiceLine) -> None:
    """A code from another version is answered with a sentence, for every kind of part."""
    for find in (damp.stage, damp.case_kind, damp.field, damp.clock, damp.letter, damp.evidence_item):
        with pytest.raises(Trouble, match=r'Damp and mould" .version 1. has no .* called "gone"'):
            find("gone")


def test_dated_choices_are_offered_within_their_dates() -> None:
    """A hazard added to the rules later cannot be chosen for an earlier report."""
    choice = Choice("cold", "Excess cold", date(2026, 10, 27), date(2027, 1, 1))

    assert [choice.is_offered_on(date(2026, 10, day)) for day in (26, 27)] == [False, True]
    assert not choice.is_offered_on(date(2027, 1, 2))
    assert Choice("always", "Always").is_offered_on(date(1999, 1, 1))

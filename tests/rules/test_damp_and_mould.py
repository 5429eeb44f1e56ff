"""The shipped service line says what the law and the casework guide ask of it."""

from datetime import date

from almoner.records.cases import Priority
from almoner.rules.clocks import Kind
from almoner.rules.service_checks import parse_service_line
from almoner.rules.service_line import ServiceLine, ServiceLines

CLOCKS = {
    "emergency": ("HOURS:24", "aware", "made-safe"),
    "investigate": ("WD-EW:10", "aware", "investigation-concluded"),
    "summary": ("WD-EW:3", "investigation-concluded", "summary-sent"),
    "make-safe": ("WD-EW:5", "investigation-concluded", "made-safe"),
    "preventative-begin": ("WD-EW:5", "investigation-concluded", "preventative-works-begun"),
    "preventative-longstop": ("CAL-EXCL:84", "investigation-concluded", "preventative-works-begun"),
}


def test_the_clocks_of_the_hazard_rules(damp: ServiceLine) -> None:
    """Each duty has its length, its start and its end, and names its source."""
    assert {c.code: (str(c.rule), c.starts_on, c.ends_on[0]) for c in damp.clocks} == CLOCKS
    assert all("SI 2025/1042" in clock.source for clock in damp.clocks)


def test_the_emergency_duty_can_cease_in_the_three_ways_the_rules_give(damp: ServiceLine) -> None:
    """Moved out, a third party's consent not given, no hazard after all; and a judgement that was changed."""
    ways = [outcome.code for outcome in damp.clock("emergency").stop_outcomes]

    assert ways == ["moved-out", "consent-not-given", "no-hazard", "judged-again"]


def test_nothing_pauses_a_hazard_clock(damp: ServiceLine) -> None:
    """No stage holds a clock: failed access is recorded as attempts, evidence is waited for, and the clock runs on."""
    assert [stage.code for stage in damp.stages] == [
        "reported", "triaged", "awaiting-evidence", "investigating", "concluded", "summary-sent",
        "made-safe", "decanted", "preventative-works", "closed",
    ]  # fmt: skip
    assert {clock.rule.kind for clock in damp.clocks} == {Kind.HOURS, Kind.WORKING, Kind.EXCLUSIVE}


def test_the_kinds_of_report_and_their_priority(damp: ServiceLine) -> None:
    """Four kinds, the dangerous ones first in the list and in the day's work."""
    assert [(kind.code, kind.priority) for kind in damp.kinds] == [
        ("emergency-hazard", Priority.URGENT),
        ("potential-significant-hazard", Priority.HIGH),
        ("routine", Priority.NORMAL),
        ("not-ours", Priority.NORMAL),
    ]


def test_health_is_marked_sensitive_and_may_be_withheld(damp: ServiceLine) -> None:
    """Health facts are special category: marked so, and the tenant may decline."""
    risks = damp.field("risks")

    assert risks.sensitive
    assert {str(state) for state in risks.allows} == {"not-known", "refused", "to-follow"}
    assert damp.evidence_item("health-statement").sensitive


def test_it_is_in_force_from_the_day_of_the_law(damp: ServiceLine) -> None:
    """The rules began on 27 October 2025; earlier reports are not under them."""
    lines = ServiceLines([damp])

    assert lines.current("damp-and-mould", date(2025, 10, 27)) is damp
    assert lines.all_current(date(2025, 10, 26)) == ()


def test_it_is_complete(damp: ServiceLine, damp_text: str) -> None:
    """Kept six years, who sees it, warnings and duplicates are all said; and reading it twice gives the same value."""
    assert (damp.retention.trigger, damp.retention.years) == ("tenancy-ended", 6)
    assert {flag.code for flag in damp.flags} == {"child-at-risk", "hoarding", "domestic-abuse"}
    assert damp.duplicates is not None
    assert damp.duplicates.same == ("address",)
    assert {letter.code for letter in damp.letters} >= {"acknowledgement", "case-summary"}
    assert parse_service_line(damp_text, "again") == damp

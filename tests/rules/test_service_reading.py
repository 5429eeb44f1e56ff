import re

import pytest

from almoner.records.trouble import Trouble
from almoner.rules.service_checks import parse_service_line
from almoner.rules.service_reading import MAX_LENGTH, Fault, ServiceLineTrouble

LINE = """code = "bins"
version = 1
title = "Missed bins"
nation = "ENG"
effective_from = 2026-04-01
legal_basis = "Public task"
who_sees = ["waste"]
[retention]
trigger = "closed"
years = 2
action = "delete"
[duplicates]
same = ["place", "kind"]
within_days = 14
open_only = true
message = "Already reported."
[[event]]
code = "aware"
title = "Reported"
[[event]]
code = "done"
title = "Collected"
[[kind]]
code = "missed"
title = "Missed"
[[stage]]
code = "reported"
title = "Reported"
raises = ["aware"]
[[stage]]
code = "finished"
title = "Finished"
kind = "closed"
raises = ["done"]
[[move]]
from = "reported"
to = "finished"
title = "Finish"
needs = ["reason", "field:colour", "evidence:photo", "letter:sorry", "attempts:2"]
[[field]]
code = "colour"
label = "Colour"
type = "choice"
allows = ["not-known"]
choices = [
  { code = "green", title = "Green" },
  { code = "brown", title = "Brown" },
]
[[evidence]]
code = "photo"
title = "Photo"
[[letter]]
code = "sorry"
title = "We are sorry"
[[clock]]
code = "recollect"
title = "Collect again"
rule = "WD-EW:5"
starts_on = "aware"
ends_on = ["done"]
source = "Local"
kinds = ["missed"]
when = { colour = ["green"] }
stop_outcomes = [
  { code = "not-out", title = "Was not out" },
]
[[flag]]
code = "assisted"
title = "Assisted"
"""


def faults_of(text: str, known_letters: set[str] | None = None) -> tuple[Fault, ...]:
    with pytest.raises(ServiceLineTrouble) as caught:
        parse_service_line(text, "bins.toml", known_letters)
    assert caught.value.where == "bins.toml"
    return caught.value.faults


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if re.search(words, line))


def test_a_good_line_is_read_whole() -> None:
    """Everything written in the file is in the value."""
    line = parse_service_line(LINE, "bins.toml", {"sorry"})

    assert (line.code, line.version, line.first_stage.code) == ("bins", 1, "reported")
    assert line.duplicates is not None
    assert line.duplicates.same == ("place", "kind")
    assert (line.retention.trigger, line.retention.years, line.retention.action) == ("closed", 2, "delete")
    assert str(line.clock("recollect").rule) == "WD-EW:5"
    assert line.clock("recollect").when == (("colour", ("green",)),)
    assert line.clock("recollect").stop_outcomes[0].title == "Was not out"
    assert [choice.title for choice in line.field("colour").choices] == ["Green", "Brown"]
    assert len(line.moves[0].needs) == 5


@pytest.mark.parametrize(
    ("old", "new", "where", "says", "remedy"),
    [
        ('title = "Missed bins"', "", "^code", '"title" is missing', "Add title"),
        ('nation = "ENG"', 'nation = "FRA"', "FRA", "cannot be 'FRA'", "ENG, WLS, SCT, NIR"),
        ("version = 1", 'version = "one"', "version", "whole number", "version = 1"),
        ("effective_from = 2026-04-01", "", "^code", "from when", "effective_from"),
        ("effective_from = 2026-04-01", 'effective_from = "soon"', "soon", "should be a day", "quotation marks"),
        ('who_sees = ["waste"]', "", "^code", '"who_sees" is missing', "who_sees"),
        ('legal_basis = "Public task"', "legal_basis = 7", "legal_basis", "should be words", "legal_basis"),
        ('action = "delete"', 'action = "burn"', "burn", '"burn" is not', "delete, review or archive"),
        ('same = ["place", "kind"]', 'same = ["mood"]', "mood", 'compared by "mood"', "person, place"),
        ('title = "Finished"', 'titel = "Finished"', "titel", '"titel" is not known', 'mean "title"'),
        ('code = "finished"', 'code = "Finished!"', "Finished!", "cannot be a code", "small letters"),
        ('kind = "closed"', 'kind = "shut"', "shut", "cannot be 'shut'", "open, waiting, closed"),
        ('kind = "closed"', "", "^code", "No stage closes a case", 'kind = "closed"'),
        ('to = "finished"', 'to = "finishd"', "finishd", 'no stage called "finishd"', 'mean "finished"'),
        ('to = "finished"', 'to = "reported"', "^to =", "leads nowhere", "Remove it"),
        ('"field:colour"', '"field:weight"', "needs =", 'no field called "weight"', "colour"),
        ('"evidence:photo"', '"evidence:film"', "needs =", 'no evidence called "film"', "photo"),
        ('"letter:sorry"', '"letter:glad"', "needs =", 'no letter called "glad"', "sorry"),
        ('"attempts:2"', '"attempts:many"', "needs =", 'cannot need "attempts:many"', "attempts:3"),
        ('"reason"', '"mercy"', "needs =", 'cannot need "mercy"', "reason"),
        ('type = "choice"', 'type = "colour"', "type = ", "cannot be 'colour'", "text, choice"),
        ('type = "choice"', 'type = "text"', "^choices", "has choices but is a text", "choice"),
        ('{ code = "brown", title = "Brown" },', "", "^choices", "fewer than two", "Add choices"),
        ('code = "brown"', 'code = "green"', "^choices", "same code", "its own code"),
        ('allows = ["not-known"]', 'allows = ["maybe"]', "maybe", '"maybe" is not', "not-known, refused"),
        ('{ code = "brown", title = "Brown" }', '{ code = "brown" }', "brown", '"title" is missing', "title"),
        ('code = "green", title = "Green"', 'code = "green", title = "Green", effective_from = 2026-02-01, '
         'effective_to = 2026-01-01', "effective_to", "ends before it begins", "two days"),
        ('rule = "WD-EW:5"', 'rule = "WD-EW:five"', "five", "is not a rule", "HOURS:24"),
        ('starts_on = "aware"', 'starts_on = "awake"', "awake", 'no event called "awake"', 'mean "aware"'),
        ('ends_on = ["done"]', 'ends_on = ["gone"]', "gone", 'no event called "gone"', "done"),
        ('ends_on = ["done"]', 'ends_on = ["aware"]', "ends_on", "ends with the event that starts it", "Name"),
        ('ends_on = ["done"]', "", r"^\[\[clock", '"ends_on" is missing', "ends_on"),
        ('source = "Local"', "", r"^\[\[clock", '"source" is missing', "source"),
        ('kinds = ["missed"]', 'kinds = ["mist"]', "mist", 'no kind called "mist"', 'mean "missed"'),
        ('colour = ["green"]', 'colour = ["blue"]', "blue", 'no answer to "colour" called "blue"', "green, brown"),
        ('colour = ["green"]', 'size = ["green"]', "size", 'no field called "size"', "colour"),
        ('when = { colour = ["green"] }', 'when = "green"', "when", '"when" cannot be read', "tenure"),
        ('raises = ["done"]', "", 'code = "done"', 'Nothing ever raises the event "done"', "by_hand"),
        ('raises = ["done"]', 'raises = ["dome"]', "dome", 'no event called "dome"', 'mean "done"'),
        ('code = "done"', 'code = "aware"', 'code = "aware"', "used twice", "own code"),
        ("open_only = true", 'open_only = "yes"', "open_only", "true or false", "true"),
        ("within_days = 14", "within_days = -1", "within_days", "whole number", "within_days"),
        ("[retention]", "[keeping]", "^code", '"keeping" is not known', "Use code"),
        ("[[event]]", "[event]", "event", "TOML", "missing"),
    ],
)  # fmt: skip
def test_each_fault_names_its_line_and_a_remedy(old: str, new: str, where: str, says: str, remedy: str) -> None:
    """A council editor is told which line is wrong, what is wrong with it and what to write instead."""
    assert old in LINE
    text = LINE.replace(old, new, 1)
    faults = [fault for fault in faults_of(text) if says in fault.what]

    assert len(faults) == 1
    assert remedy in faults[0].do
    if "used twice" in says:
        assert faults[0].line == 21
    elif "TOML" not in says:
        assert faults[0].line == line_of(text, where)


def test_every_fault_is_told_at_once() -> None:
    """Nobody wants to load a file ten times to learn ten faults."""
    text = (
        LINE.replace("WD-EW:5", "WD-XX:5")
        .replace('kinds = ["missed"]', 'kinds = ["m"]')
        .replace("years = 2", "years = 900")
    )
    faults = faults_of(text.replace('title = "Photo"', ""))

    assert len(faults) == 4
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)
    with pytest.raises(Trouble, match="4 things in this service line must be put right"):
        parse_service_line(text.replace('title = "Photo"', ""), "bins.toml")


STAGE = '[[stage]]\ncode = "lost"\ntitle = "Lost"\n'


def test_a_stage_that_cannot_be_reached_is_named() -> None:
    """A stage with no way in would never be seen."""
    (fault,) = faults_of(LINE + STAGE)

    assert fault.what == 'The stage "lost" cannot be reached from "reported".'
    assert fault.line == line_of(LINE + STAGE, '"lost"')


def test_a_stage_that_never_leads_to_a_close_is_named() -> None:
    """A case must not be able to get stuck."""
    move = '[[move]]\nfrom = "reported"\nto = "lost"\ntitle = "Lose"\n'
    (fault,) = faults_of(LINE + STAGE + move)

    assert fault.what == 'From the stage "lost" no case can ever be closed.'


def test_a_missing_stage_is_told_once_per_use_and_hides_nothing_else() -> None:
    """When the stage a move names is missing, the stages behind it are not also called unreachable."""
    start, end = LINE.index('[[stage]]\ncode = "finished"'), LINE.index("[[move]]")
    faults = faults_of(
        LINE[:start] + '[[stage]]\ncode = "shut"\ntitle = "Shut"\nkind = "closed"\nraises = ["done"]\n' + LINE[end:]
    )

    assert [fault.what for fault in faults] == [
        'The stage "shut" cannot be reached from "reported".',
        'There is no stage called "finished".',
    ]


def test_a_line_without_stages_or_kinds_is_refused() -> None:
    """The least a line needs is somewhere to stand and something to be."""
    text = re.sub(r"\[\[(stage|move|kind)\]\]\n(?:[^\[].*\n)+", "", LINE)
    said = [fault.what for fault in faults_of(text)]

    assert "The line has no stages." in said
    assert "The line has no kinds of report." in said


def test_a_letter_that_does_not_exist_is_named() -> None:
    """A service line may send only letters that are there."""
    (fault,) = faults_of(LINE, {"sorri", "welcome"})

    assert fault.what == 'There is no letter called "sorry".'
    assert fault.do == 'Did you mean "sorri"?'


def test_dates_the_wrong_way_round() -> None:
    """A line cannot end before it begins."""
    (fault,) = faults_of(LINE.replace("2026-04-01", "2026-04-01\neffective_to = 2026-03-31"))

    assert fault.line == 6
    assert "ends before it begins" in fault.what


@pytest.mark.parametrize("text", ["", "= =", 'code = "x', "code = 1\n[[[", "\x00", "x" * (MAX_LENGTH + 1)])
def test_nonsense_is_answered_with_a_sentence(text: str) -> None:
    """Whatever the file holds, the answer is a list of faults and never a crash."""
    assert all(fault.line >= 1 and fault.what and fault.do for fault in faults_of(text))


@pytest.mark.parametrize("key", sorted(set(re.findall(r"^(\w+) =", LINE, flags=re.M))))
@pytest.mark.parametrize("value", ["7", "false", '"?"', "[]", "[1]", "{}", "2026-01-01", "[{ code = 1 }]"])
def test_any_value_anywhere_is_read_or_refused_in_words(key: str, value: str) -> None:
    """A value of the wrong shape in any key gives faults, never a crash."""
    text = re.sub(rf"^{key} = (\[\n(?:.*\n)*?\]|.*)$", f"{key} = {value}", LINE, count=1, flags=re.M)

    assert text != LINE
    assert outcome(text)


def outcome(text: str) -> str:
    try:
        return parse_service_line(text, "bins.toml").title
    except ServiceLineTrouble as trouble:
        return trouble.faults[0].what

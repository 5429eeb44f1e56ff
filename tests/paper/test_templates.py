"""Tests of letter templates: what is refused, with its line, and how blanks are filled."""

import pytest

from almoner.paper.templates import LetterTemplate, fill, parse_letter
from almoner.records.trouble import Trouble

GOOD = """\
code = "reply"
version = 2
title = "Reply"
services = ["*"]
[[blank]]
name = "who"
means = "how the person is addressed"
source = "person.salutation"
[[blank]]
name = "why"
means = "the reason"
source = "typed"
required = false
[[text]]
language = "en-GB"
[[text.block]]
kind = "salutation"
text = "Dear {who}"
[[text.block]]
kind = "subject"
text = "Your {{letter}}"
[[text.block]]
kind = "paragraph"
text = "We say **no to {who}** now."
[[text.block]]
kind = "paragraph"
text = "Because {why}"
[[text.block]]
kind = "facts"
rows = [["Who", "{who}"], ["Why", "{why}"]]
[[text.block]]
kind = "bullets"
items = ["First", "Second for {who}"]
[[text.block]]
kind = "paragraph"
text = "You may appeal."
locked = true
authority = "Section 1"
[[text.block]]
kind = "closing"
text = "Yours sincerely"
"""


def test_values_stand_where_the_blanks_were() -> None:
    """A filled letter reads as the template with the values put in."""
    letter = fill(parse_letter(GOOD, "reply.toml"), {"who": "Ms Adjei", "why": "it is late."})

    assert letter.as_text() == (
        "Dear Ms Adjei\n\nYour {letter}\n\nWe say no to Ms Adjei now.\n\nBecause it is late.\n\n"
        "Who: Ms Adjei\nWhy: it is late.\n\n- First\n- Second for Ms Adjei\n\nYou may appeal.\n\nYours sincerely"
    )


def test_a_block_with_an_empty_optional_blank_is_left_out() -> None:
    """No sentence is printed with a hole in it."""
    text = fill(parse_letter(GOOD, "reply.toml"), {"who": "Ms Adjei"}).as_text()

    assert "Because" not in text
    assert "Why" not in text
    assert "Who: Ms Adjei" in text


def test_what_is_missing_is_listed_in_words() -> None:
    """The person who writes is told what to find out, not the name of a blank."""
    with pytest.raises(Trouble, match="Still missing: how the person is addressed"):
        fill(parse_letter(GOOD, "reply.toml"), {"who": "  "})


def test_everything_missing_is_listed_at_once(templates: dict[str, LetterTemplate], values: dict[str, str]) -> None:
    """Nobody should have to try again for each one."""
    del values["promise"], values["phone"]

    with pytest.raises(Trouble, match="what we will do and by when; the council's phone number"):
        fill(templates["acknowledgement"], values)


def test_a_value_cannot_change_the_letter() -> None:
    """Stars and braces that a person typed are printed, not obeyed."""
    letter = fill(parse_letter(GOOD, "reply.toml"), {"who": "**{why}**", "why": "x"})

    assert letter.blocks[0].lines[0][1].text == "**{why}**"
    assert not letter.blocks[0].lines[0][1].strong


def test_a_value_without_end_is_refused() -> None:
    """A whole report pasted into one blank would run over the page limit."""
    with pytest.raises(Trouble, match="longer than 4000"):
        fill(parse_letter(GOOD, "reply.toml"), {"who": "x" * 4001})


def test_a_language_it_is_not_written_in_is_refused() -> None:
    """The wrong language is never sent in place of the right one."""
    with pytest.raises(Trouble, match="not written in the language “cy”"):
        fill(parse_letter(GOOD, "reply.toml"), {"who": "x"}, language="cy")


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        ("Dear {who}", "Dear {whom}", "“whom” is not declared", 18),
        ("Dear {who}", "Dear {who", "not closed", 18),
        ("Dear {who}", "Dear {who {why}", "not closed", 18),
        ("Dear {who}", "Dear who}", "no { before it", 18),
        ("**no to", "**no **to", "do not end", 24),
        ('"typed"', '"guessed"', "“guessed”, which is not known", 12),
        ('kind = "facts"', 'kind = "poem"', "“poem” is not a kind", 29),
        ("version = 2", 'version = "two"', "version is missing", 2),
        ('title = "Reply"', 'title = ""', "“title” is missing", 3),
        ('["*"]', "[]", "“services” is not a list", 4),
        ('kind = "subject"', 'kind = "paragraph"', "exactly one subject", 15),
        ('authority = "Section 1"', "", "by what authority", 37),
        ('rows = [["Who"', 'rows = [["Who", "x", "y"], ["Who"', "rows of a label and a text", 30),
        ('name = "why"', 'name = "Why Not"', "not a name for a blank", 10),
        ('name = "why"', 'name = "who"', "declared twice", 6),
        ("required = false", "required = 0", "not true or false", 13),
        ("version = 2", "version = ", "not valid TOML", 2),
    ],
)
def test_a_faulty_template_is_refused_with_its_line(old: str, new: str, says: str, line: int) -> None:
    """A council edits these files: each fault is named with file, line and remedy."""
    assert old in GOOD

    with pytest.raises(Trouble, match=says) as refused:
        parse_letter(GOOD.replace(old, new), "reply.toml")

    assert refused.value.where == f"reply.toml, line {line}"
    assert refused.value.do


def test_a_blank_nobody_uses_is_refused() -> None:
    """An unused blank would ask the officer for something the letter never says."""
    unused = GOOD.replace("Because {why}", "Because").replace(', ["Why", "{why}"]', "")

    with pytest.raises(Trouble, match="does not use it"):
        parse_letter(unused, "reply.toml")

"""Letter templates: the words of a letter as data a council can edit, checked when read and filled without surprises.

A template is a TOML file. Its blocks hold `{blank}` placeholders and `**strong**` words; every blank is declared with
what it means and where it comes from. Locked blocks carry wording fixed by law or by the council's lawyers, with its
authority. A block that uses an optional blank which is empty is left out whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from almoner.paper.faces import one_line
from almoner.paper.flow import Span
from almoner.records.trouble import Trouble

Kind = Literal["salutation", "subject", "heading", "paragraph", "bullets", "facts", "closing"]

SOURCES: Mapping[str, str] = {
    "case.kind": "the kind of case, from its service line",
    "case.place": "the place the case is about",
    "case.reference": "the case reference",
    "case.reported_on": "the day the council became aware",
    "case.summary": "what we understood, in the case's own words",
    "clock.depends_on": "what the due date depends on",
    "clock.due_on": "the due date of the clock that runs",
    "clock.promise": "the sentence that says what we will do by when",
    "council.complaints": "how to complain",
    "council.email": "the council's email address",
    "council.name": "the council's name",
    "council.opening_hours": "when the council answers",
    "council.phone": "the council's phone number",
    "council.service": "the name of the service",
    "officer.name": "the officer's name",
    "officer.job_title": "the officer's job title",
    "person.name": "the person's full name",
    "person.salutation": "how the person is addressed",
    "typed": "typed by the officer who makes the letter",
}
"""Where the words of a blank may come from, and what that means; casework knows how to look each of them up."""

MOST_CHARACTERS_IN_BLANK = 4_000
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_MOST_BLOCKS = 200
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TOKEN = re.compile(r"\{\{|\}\}|\*\*|[{}]")


@dataclass(frozen=True)
class Blank:
    """A place to be filled: its name, its meaning in words, where it comes from, and whether the letter needs it."""

    name: str
    means: str
    source: str
    required: bool = True


@dataclass(frozen=True)
class Piece:
    """A stretch of a template's text: fixed words, or a blank by name."""

    text: str
    blank: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Block:
    """One block of a template. Bullets have several lines, facts as many labels as lines, everything else one line."""

    kind: Kind
    lines: tuple[tuple[Piece, ...], ...]
    labels: tuple[str, ...] = ()
    locked: bool = False
    authority: str = ""


@dataclass(frozen=True)
class LetterTemplate:
    """A checked template: identity, service lines that may send it (`*` for all), blanks, and blocks by language."""

    code: str
    version: int
    title: str
    services: tuple[str, ...]
    blanks: tuple[Blank, ...]
    texts: tuple[tuple[str, tuple[Block, ...]], ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in, as BCP 47 tags, the first being the usual one."""
        return tuple(language for language, _ in self.texts)

    def blocks(self, language: str) -> tuple[Block, ...]:
        """Return the blocks in a language; raises `Trouble` when the letter is not written in it."""
        for known, blocks in self.texts:
            if known == language:
                return blocks
        raise Trouble(
            f"The letter “{self.title}” is not written in the language “{language}”.",
            "Choose another language, or order a translation.",
        )


@dataclass(frozen=True)
class FilledBlock:
    """One block as it will be read: its lines of words, with the labels of facts."""

    kind: Kind
    lines: tuple[tuple[Span, ...], ...]
    labels: tuple[str, ...] = ()
    locked: bool = False


@dataclass(frozen=True)
class FilledLetter:
    """The words of one letter, complete: which template and version they come from, and the blocks."""

    code: str
    version: int
    title: str
    language: str
    blocks: tuple[FilledBlock, ...]

    def as_text(self) -> str:
        """Return the words as plain text, for search, for the timeline and for reading aloud."""
        return "\n\n".join(_block_text(block) for block in self.blocks)


def load_letters(folder: Path) -> dict[str, LetterTemplate]:
    """Read every template of a folder, by code; raises `Trouble` for the first file that cannot be used."""
    templates: dict[str, LetterTemplate] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble("This letter cannot be read.", "Save it as plain text in UTF-8.", file.name) from error
        template = parse_letter(text, file.name)
        if template.code in templates:
            raise Trouble(f"Two letters have the code “{template.code}”.", "Change one of them.", file.name)
        templates[template.code] = template
    return templates


def parse_letter(text: str, source: str) -> LetterTemplate:
    """Turn the text of a template file into a checked template; raises `Trouble` that names file, line and remedy."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{source}, line {line.group(1)}" if line else source
        raise Trouble(
            "This letter is not valid TOML.", "Look at that line: a quote, bracket or = is missing.", where
        ) from error
    return _Template(text, source).read(content)


def fill(template: LetterTemplate, values: Mapping[str, str], language: str = "en-GB") -> FilledLetter:
    """Put the values into the template; raises `Trouble` that lists, in words, everything that is still missing.

    Values for blanks the template does not have are ignored, so one set of facts can serve every letter.
    """
    facts = {blank.name: one_line(values.get(blank.name, "")).strip() for blank in template.blanks}
    lacking = [blank.means for blank in template.blanks if blank.required and not facts[blank.name]]
    if lacking:
        raise Trouble(
            f"This letter is not complete. Still missing: {'; '.join(lacking)}.",
            "Fill these in on the case, or choose another letter.",
        )
    for blank in template.blanks:
        if len(facts[blank.name]) > MOST_CHARACTERS_IN_BLANK:
            raise Trouble(
                f"The words for “{blank.means}” are longer than {MOST_CHARACTERS_IN_BLANK} characters.",
                "Shorten them, or put the rest on an enclosed sheet.",
            )
    blocks = (_fill_block(block, facts) for block in template.blocks(language))
    kept = tuple(block for block in blocks if block.lines)
    return FilledLetter(template.code, template.version, template.title, language, kept)


def _fill_block(block: Block, facts: Mapping[str, str]) -> FilledBlock:
    """Fill one block, leaving out every line that uses an empty blank."""
    kept = [
        index for index, line in enumerate(block.lines) if all(not piece.blank or facts[piece.text] for piece in line)
    ]
    lines = tuple(
        tuple(Span(facts[piece.text] if piece.blank else piece.text, piece.strong) for piece in block.lines[index])
        for index in kept
    )
    labels = tuple(block.labels[index] for index in kept) if block.labels else ()
    return FilledBlock(block.kind, lines, labels, block.locked)


def _block_text(block: FilledBlock) -> str:
    """Return one block as plain text."""
    lines = ["".join(span.text for span in line) for line in block.lines]
    if block.kind == "bullets":
        lines = [f"- {line}" for line in lines]
    if block.kind == "facts":
        lines = [f"{label}: {line}" for label, line in zip(block.labels, lines, strict=True)]
    return "\n".join(lines)


class _Template:
    """Reads one template file, knowing its text so that every fault can name its line."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.splitlines()
        self._source = source

    def read(self, content: Mapping[str, object]) -> LetterTemplate:
        """Read and check the whole file."""
        version = content.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise self._trouble("The version is missing or is not a whole number from 1.", "version", "Give it one.")
        blanks = tuple(self._blank(entry) for entry in self._tables(content, "blank"))
        names = [blank.name for blank in blanks]
        for name in names:
            if names.count(name) > 1:
                raise self._trouble(f"The blank “{name}” is declared twice.", f'"{name}"', "Take one of them out.")
        texts = tuple(self._text(entry, frozenset(names)) for entry in self._tables(content, "text"))
        self._check_texts(texts, names)
        return LetterTemplate(
            code=self._words(content, "code"),
            version=version,
            title=self._words(content, "title"),
            services=self._list(content, "services"),
            blanks=blanks,
            texts=texts,
        )

    def _check_texts(self, texts: tuple[tuple[str, tuple[Block, ...]], ...], names: list[str]) -> None:
        """Every language once, with something to say, and every declared blank used in each."""
        languages = [language for language, _ in texts]
        if not texts or len(set(languages)) != len(languages):
            raise self._trouble(
                "The letter needs its text once in each language.", "[[text]]", "Write one [[text]] for each language."
            )
        for language, blocks in texts:
            kinds = [block.kind for block in blocks]
            for kind in ("salutation", "subject", "closing"):
                if kinds.count(kind) != 1:
                    raise self._trouble(
                        f"The text in “{language}” needs exactly one {kind}.", f'"{language}"', "Add or take out one."
                    )
            used = {piece.text for block in blocks for line in block.lines for piece in line if piece.blank}
            for name in names:
                if name not in used:
                    raise self._trouble(
                        f"The blank “{name}” is declared but the text in “{language}” does not use it.",
                        f'"{name}"',
                        "Use it or take it out.",
                    )

    def _blank(self, entry: Mapping[str, object]) -> Blank:
        """Read one declared blank."""
        name, source = self._words(entry, "name"), self._words(entry, "source")
        if not _NAME.fullmatch(name):
            raise self._trouble(f"“{name}” is not a name for a blank.", name, "Use small letters, figures and _.")
        if source not in SOURCES:
            raise self._trouble(
                f"The blank “{name}” comes from “{source}”, which is not known.",
                f'"{source}"',
                f"Use one of: {', '.join(sorted(SOURCES))}.",
            )
        required = entry.get("required", True)
        if not isinstance(required, bool):
            raise self._trouble(f"“required” of “{name}” is not true or false.", "required", "Write true or false.")
        return Blank(name, self._words(entry, "means"), source, required)

    def _text(self, entry: Mapping[str, object], names: frozenset[str]) -> tuple[str, tuple[Block, ...]]:
        """Read the blocks of one language."""
        blocks = tuple(self._block(block, names) for block in self._tables(entry, "block"))
        return self._words(entry, "language"), blocks

    def _block(self, entry: Mapping[str, object], names: frozenset[str]) -> Block:
        """Read one block."""
        kind = self._words(entry, "kind")
        if kind not in _KINDS:
            known = ", ".join(_KINDS)
            raise self._trouble(f"“{kind}” is not a kind of block.", f'"{kind}"', f"Use one of: {known}.")
        locked = entry.get("locked", False) is True
        if locked and not entry.get("authority"):
            raise self._trouble("A locked block does not say by what authority.", "locked", "Add authority = “…”.")
        authority = self._words(entry, "authority") if locked else ""
        labels: tuple[str, ...] = ()
        if kind == "facts":
            pairs = self._pairs(entry)
            labels, texts = tuple(label for label, _ in pairs), tuple(text for _, text in pairs)
        elif kind == "bullets":
            texts = self._list(entry, "items")
        else:
            texts = (self._words(entry, "text"),)
        lines = tuple(self._pieces(text, names) for text in texts)
        return Block(_KINDS[kind], lines, labels, locked, authority)

    def _pieces(self, text: str, names: frozenset[str]) -> tuple[Piece, ...]:
        """Cut a text into fixed words and blanks, and check each brace and pair of stars."""
        pieces: list[Piece] = []
        strong, words, at = False, "", 0
        while token := _TOKEN.search(text, at):
            words += text[at : token.start()]
            at = token.end()
            if token.group() in ("{{", "}}"):
                words += token.group()[0]
                continue
            if words:
                pieces.append(Piece(one_line(words), strong=strong))
                words = ""
            if token.group() == "**":
                strong = not strong
            elif token.group() == "}":
                raise self._trouble("A } has no { before it.", text, "Take it out, or write }} for a printed brace.")
            else:
                name, at = self._name_of_blank(text, at)
                if name not in names:
                    raise self._unknown(name, names)
                pieces.append(Piece(name, blank=True, strong=strong))
        if strong:
            raise self._trouble("Strong words begin with ** and do not end.", text, "Write ** after the last of them.")
        words += text[at:]
        return (*pieces, Piece(one_line(words))) if words else tuple(pieces)

    def _name_of_blank(self, text: str, at: int) -> tuple[str, int]:
        """Return the name after an opening brace, and where the text goes on."""
        close = text.find("}", at)
        if close < 0 or "{" in text[at:close]:
            raise self._trouble("A { is not closed.", text, "Write } after the name, or {{ for a printed brace.")
        return text[at:close].strip(), close + 1

    def _unknown(self, name: str, names: frozenset[str]) -> Trouble:
        """Say which blank is not declared and which ones are."""
        known = ", ".join(sorted(names)) or "none"
        return self._trouble(
            f"The blank “{name}” is not declared.", "{" + name, f"Declare it in a [[blank]], or use one of: {known}."
        )

    def _pairs(self, entry: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        """Read the rows of facts: pairs of label and text."""
        rows = entry.get("rows")
        good = isinstance(rows, list) and all(
            isinstance(row, list) and len(row) == 2 and all(isinstance(cell, str) and cell for cell in row)
            for row in rows
        )
        if not good or not rows:
            raise self._trouble("Facts need rows of a label and a text.", "rows", 'Write [["Label", "Text"], …].')
        assert isinstance(rows, list)
        return tuple((one_line(row[0]), row[1]) for row in rows)

    def _tables(self, content: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
        """Return a list of tables of the file."""
        entries = content.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self._trouble(f"“{name}” is not a list of tables.", name, f"Write [[{name}]] before each.")
        if len(entries) > _MOST_BLOCKS:
            raise self._trouble(f"There are more than {_MOST_BLOCKS} of “{name}”.", name, "Make the letter shorter.")
        return entries

    def _words(self, content: Mapping[str, object], name: str) -> str:
        """Return a text that is not empty."""
        value = content.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._trouble(f"“{name}” is missing or empty.", name, f'Write {name} = "…".')
        return value.strip()

    def _list(self, content: Mapping[str, object], name: str) -> tuple[str, ...]:
        """Return a list of texts that is not empty."""
        value = content.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            raise self._trouble(f"“{name}” is not a list of texts.", name, f'Write {name} = ["…", "…"].')
        return tuple(value)

    def _trouble(self, what: str, seek: str, do: str) -> Trouble:
        """Build the trouble with the number of the first line that holds the sought text, when one does."""
        sought = seek.splitlines()[0] if seek else seek
        for number, line in enumerate(self._lines, start=1):
            if sought and sought in line:
                return Trouble(what, do, f"{self._source}, line {number}")
        return Trouble(what, do, self._source)

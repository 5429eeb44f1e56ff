"""Mapping files: which column of a CSV file becomes which field of a resident or a case, said in TOML by a person."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from almoner.records import Address, Case, Person
from almoner.records.derive import fields_of
from almoner.records.trouble import Trouble
from almoner.rules.service_line import ServiceLine
from almoner.rules.toml_places import TomlPlaces

PEOPLE, CASES = "people", "cases"
MOST_LENGTH = 200_000
MOST_VALUES = 2_000

_PERSON = {f.name for f in fields_of(Person)} - {"id", "earlier_names", "support_needs", "restricted_team_id"}
_ADDRESS = {f.name for f in fields_of(Address)} - {"id", "person_id", "purpose", "confidential", "since", "until"}
_CONTACT = {"phone", "mobile", "email"}
_CASE = {
    "title", "summary", "case_kind", "priority", "origin", "place", "uprn", "longitude", "latitude", "aware_at",
    "subject",
}  # fmt: skip
FIELDS = {PEOPLE: frozenset(_PERSON | _ADDRESS | _CONTACT), CASES: frozenset(_CASE)}
NEEDED = {PEOPLE: ("full_name",), CASES: ("case_kind", "aware_at")}
DATES = frozenset({"aware_at", "date_of_birth", "deceased_on"})
NUMBERS = frozenset({"longitude", "latitude", "print_points"})
assert {f.name for f in fields_of(Case)} >= _CASE - {"subject"}, "a mapped field that no case has"

_TOP = frozenset({"kind", "source", "key", "service", "people_source", "encoding", "delimiter", "date_formats", "note"})
_TABLES = frozenset({"columns", "fixed", "values", "answers"})
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMap:
    """A checked mapping. `columns`: field to column; `fixed`: field to value for every row; `values`: per field, what
    a cell means (`*` for any other); `answers`: question of the service line to column; `note`: columns kept as a note.
    """

    kind: str
    source: str
    key: str
    service: str = ""
    people_source: str = ""
    encoding: str = ""
    delimiter: str = ""
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    note: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column it reads, each once."""
        return tuple(dict.fromkeys((self.key, *self.columns.values(), *self.answers.values(), *self.note)))


def parse_map(text: str, name: str, kind: str) -> ImportMap:
    """Read a mapping file for people or cases. Raises Trouble with the line, what is wrong, and what to do."""
    if len(text) > MOST_LENGTH:
        raise Trouble("This mapping file is far too long.", "Is it the right file?", name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        where = f"{name}, line {found[1]}" if found else name
        raise Trouble("This mapping file is not valid TOML.", "A quote, bracket or = is missing.", where) from error
    return _Check(table, TomlPlaces(text), name, kind).read()


def check_columns(mapping: ImportMap, columns: Iterable[str], name: str) -> None:
    """Check that the CSV file has every column the mapping reads. Raises Trouble that names what is near."""
    there = list(columns)
    for column in mapping.wanted:
        if column not in there:
            near = difflib.get_close_matches(column, there, n=1)
            listed = ", ".join(there[:20])
            do = f"Did you mean “{near[0]}”?" if near else f"It has: {listed}."
            raise Trouble(f"The file has no column “{column}”.", f"{do} Correct the mapping file.", name)


def check_service(mapping: ImportMap, line: ServiceLine, name: str) -> None:
    """Check the kinds and questions a mapping names against its service line. Raises Trouble."""
    kinds = {kind.code for kind in line.kinds}
    named = {mapping.fixed.get("case_kind", "")} | set(mapping.values.get("case_kind", {}).values())
    for code in sorted(named - {"", *kinds}):
        raise Trouble(
            f"“{line.title}” has no kind of report called “{code}”.", f"Use one of {', '.join(sorted(kinds))}.", name
        )
    questions = {question.code for question in line.fields}
    for code in sorted(set(mapping.answers) - questions):
        raise Trouble(f"“{line.title}” does not ask “{code}”.", f"Use one of {', '.join(sorted(questions))}.", name)


class _Check:
    """Reads one mapping table and complains with the line."""

    def __init__(self, table: dict[str, Any], places: TomlPlaces, name: str, kind: str) -> None:
        self.table, self.places, self.name, self.kind = table, places, name, kind

    def read(self) -> ImportMap:
        self._known(self.table, _TOP | _TABLES, "")
        said = self._text("kind", self.kind)
        if said != self.kind:
            self._wrong("", "kind", f"This mapping is for {said}, not for {self.kind}.", "Use another mapping file.")
        source, key = self._text("source"), self._text("key")
        if not _SOURCE.fullmatch(source):
            self._wrong("", "source", "“source” names where the rows come from.", 'Write it like source = "old-crm".')
        if not key:
            self._wrong("", "key", "“key” is missing.", "Name the column whose value is different in every row.")
        mapping = ImportMap(
            kind=self.kind,
            source=source,
            key=key,
            service=self._text("service"),
            people_source=self._text("people_source"),
            encoding=self._text("encoding"),
            delimiter=self._text("delimiter"),
            date_formats=self._list("date_formats") or ("%Y-%m-%d",),
            columns=self._pairs("columns", FIELDS[self.kind]),
            fixed=self._pairs("fixed", FIELDS[self.kind]),
            values=self._values(),
            answers=self._pairs("answers", None),
            note=self._list("note"),
        )
        self._complete(mapping)
        return mapping

    def _complete(self, mapping: ImportMap) -> None:
        for needed in NEEDED[self.kind]:
            if needed not in mapping.columns and needed not in mapping.fixed:
                self._wrong("columns", needed, f"“{needed}” comes from nowhere.", "Give it a column, or a fixed value.")
        for both in sorted(set(mapping.columns) & set(mapping.fixed)):
            self._wrong("fixed", both, f"“{both}” has a column and a fixed value.", "Remove one of the two.")
        if self.kind == CASES and not mapping.service:
            self._wrong("", "service", "“service” is missing.", 'Name the service line: service = "damp-and-mould".')
        if "subject" in mapping.columns and not mapping.people_source:
            self._wrong("", "people_source", "“subject” needs “people_source”.", "Say how the people came.")
        if len(mapping.delimiter) > 1:
            self._wrong("", "delimiter", "A delimiter is one sign.", 'Write it like delimiter = ";".')

    def _known(self, table: Mapping[str, Any], names: Iterable[str], where: str) -> None:
        for name in table:
            if name not in names:
                near = difflib.get_close_matches(name, list(names), n=1)
                do = f"Did you mean “{near[0]}”?" if near else f"Use one of {', '.join(sorted(names))}."
                self._wrong(where, name, f"“{name}” is not known here.", do)

    def _text(self, name: str, default: str = "") -> str:
        value = self.table.get(name, default)
        if not isinstance(value, str):
            self._wrong("", name, f"“{name}” should be words in quotes.", f'Write it like {name} = "…".')
        return str(value)

    def _list(self, name: str) -> tuple[str, ...]:
        value = self.table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._wrong("", name, f"“{name}” should be a list of words.", f'Write it like {name} = ["…", "…"].')
        return tuple(value)

    def _pairs(self, name: str, known: frozenset[str] | None) -> dict[str, str]:
        table = self.table.get(name, {})
        if not isinstance(table, dict):
            self._wrong("", name, f"“{name}” should be a table.", f"Begin it with a line [{name}].")
        if known is not None:
            self._known(table, known, name)
        for key, value in table.items():
            if not isinstance(value, str) or not value:
                self._wrong(name, key, f"“{key}” should be words in quotes.", f'Write it like {key} = "…".')
        return dict(table)

    def _values(self) -> dict[str, dict[str, str]]:
        table = self.table.get("values", {})
        if not isinstance(table, dict):
            self._wrong("", "values", "“values” should hold tables.", "Begin one with a line [values.case_kind].")
        self._known(table, FIELDS[self.kind], "values")
        for name, pairs in table.items():
            good = isinstance(pairs, dict) and all(isinstance(value, str) for value in pairs.values())
            if not good or len(pairs) > MOST_VALUES:
                self._wrong(f"values.{name}", "", f"“{name}” should say what cells mean.", 'Write "cell" = "value".')
        return {name: dict(pairs) for name, pairs in table.items()}

    def _wrong(self, table: str, key: str, what: str, do: str) -> None:
        line = self.places.key(table, 0, key) if key else self.places.table(table)
        raise Trouble(what, do, f"{self.name}, line {line}")

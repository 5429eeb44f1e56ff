"""The one family of errors that people see: what happened, where, and what to do next."""

from __future__ import annotations


class Trouble(Exception):
    """The world's fault, not ours: offline, disk full, wrong key, not allowed, nonsense typed.

    `what` says what happened, `do` what to do next, both in plain words for a caseworker and without
    personal details; `where` names the file, field or line when there is one.
    """

    def __init__(self, what: str, do: str, where: str = "") -> None:
        super().__init__(what, do, where)
        self.what = what
        self.do = do
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what} {self.do}".strip()

"""What one letter needs to be printed: who writes, to whom, when, about what, in which words and at which size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from almoner.paper.faces import one_line
from almoner.paper.flow import Colour
from almoner.paper.templates import FilledLetter
from almoner.rules.words import full_date

SMALLEST_PT = 12.0
LARGE_PT = 16.0
LARGEST_PT = 36.0


@dataclass(frozen=True)
class Letterhead:
    """What stands at the top of every letter of the council; the colour is red, green and blue from 0 to 1."""

    council: str
    colour: Colour = (0.059, 0.22, 0.361)


@dataclass(frozen=True)
class Sender:
    """Who writes and how to reach them: the service, its address lines, phone, email and website (any may be empty)."""

    service: str
    address_lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""


@dataclass(frozen=True)
class Signatory:
    """Who decided and signs: name and job title, typed."""

    name: str
    job_title: str


@dataclass(frozen=True)
class LetterJob:
    """Everything one letter needs to be printed. `text_pt` 0 means the profile's usual size; 16 or more is large print.

    `recipient_lines` are the name and the address, three to seven lines with the postcode last.
    """

    letterhead: Letterhead
    sender: Sender
    recipient_lines: tuple[str, ...]
    written_on: date
    reference: str
    letter: FilledLetter
    signatory: Signatory
    text_pt: float = 0.0

    @property
    def language(self) -> str:
        """The language tag of the letter."""
        return self.letter.language


def composed(job: LetterJob) -> LetterJob:
    """Give the job with every text composed and on one line, so that what is checked is what is printed."""
    sender, signatory = job.sender, job.signatory
    return replace(
        job,
        letterhead=replace(job.letterhead, council=one_line(job.letterhead.council)),
        sender=Sender(
            one_line(sender.service),
            tuple(one_line(line) for line in sender.address_lines if line.strip()),
            one_line(sender.phone),
            one_line(sender.email),
            one_line(sender.website),
        ),
        recipient_lines=tuple(one_line(line) for line in job.recipient_lines),
        reference=one_line(job.reference),
        signatory=Signatory(one_line(signatory.name), one_line(signatory.job_title)),
    )


def sender_lines(sender: Sender) -> tuple[str, ...]:
    """Return who writes, line by line, an empty line between address and contact."""
    contact = tuple(line for line in (sender.phone, sender.email, sender.website) if line)
    return (sender.service, *sender.address_lines, *(("", *contact) if contact else ()))


def written_date(day: date) -> str:
    """Say the date of a letter without its weekday: "17 December 2026"."""
    return full_date(day).split(" ", 1)[1]

"""Pretend cases and what happened on one, for tests of the window's parts."""

from dataclasses import dataclass, field
from typing import Any

from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.records_model import PAGE, Outline
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.timeline import Moment

PEOPLE = (
    ("Emeka Miah", "Highways", "Pothole outside school", "167 Alder Road", "New", "blue", "Marta Zielinska"),
    ("Mei Quinn", "Benefits", "Discretionary housing payment", "55 Alder Road", "New", "blue", "Priya Nair"),
    ("Sunita Nowak", "Housing", "Homelessness prevention", "16 Beech Grove", "New", "blue", ""),
    ("Sunita Davies", "Street lighting", "Lamp column out", "147 Priory Gardens", "Waiting on partner", "orange", ""),
    ("Grace Griffiths", "Benefits", "Discretionary housing payment", "96 Chapel Lane", "Closed", "neutral", "Dan Cole"),
    (
        "Gareth Patel",
        "Council tax",
        "Reduction: change of circumstances",
        "175 Tannery Court",
        "Visit booked",
        "purple",
        "Priya Nair",
    ),
    (
        "Jadwiga Hussain",
        "Adult social care",
        "Needs assessment request",
        "47 Wharf Road",
        "In progress",
        "teal",
        "Marta Zielinska",
    ),
    ("Chidinma Okafor", "Housing", "Damp and mould report", "14 Tannery Court", "Visit booked", "purple", "Priya Nair"),
)
DUE: tuple[tuple[str, Tone], ...] = (
    ("3 days overdue", "red"),
    ("1 day overdue", "red"),
    ("1 day overdue", "red"),
    ("Due today", "orange"),
    ("Due today", "orange"),
    ("1 day left", "yellow"),
    ("1 day left", "yellow"),
    ("2 days left", "yellow"),
)
TITLES = ("Due", "Case", "Resident", "Service", "Status", "Owner", "Updated")
WIDTHS = (140, 120, 210, 312, 170, 140, 0)


def row_of(at: int) -> Row:
    """Return the pretend row at a place in the list."""
    name, service, what, home, status, tone, owner = PEOPLE[at % len(PEOPLE)]
    due, due_tone = DUE[at] if at < len(DUE) else (f"{2 + at // 8} days left", "yellow" if at < 40 else "neutral")
    reference = f"AL-26{347514 - at * 137:06d}"
    return Row(
        id=f"case-{at}",
        title=name,
        second=f"{service} · {what}",
        tag=due,
        tone=due_tone,
        reference=reference,
        spoken=f"{name}, {what}, {due}, reference {reference}",
        cells=(
            Cell(text=due, kind="tag", tone=due_tone),
            Cell(text=reference, kind="link"),
            Cell(text=name, second=home, kind="strong"),
            Cell(text=what, second=service),
            Cell(text=status, kind="tag", tone=tone),
            Cell(text=owner or "Unassigned", kind="plain" if owner else "quiet"),
            Cell(text="22 Nov, 13:55", kind="figures"),
        ),
    )


@dataclass
class PretendListing:
    """A list of rows in memory; `rows` may be changed between refreshes."""

    rows: list[Row]
    pages_read: list[Any] = field(default_factory=list)

    def outline(self, store: Any, kept: str | None) -> Outline:
        """Return the shape of the list."""
        where = next((at for at, row in enumerate(self.rows) if row.id == kept), None)
        return Outline(len(self.rows), tuple(range(0, len(self.rows), PAGE)), where)

    def page(self, store: Any, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows from an anchor on."""
        self.pages_read.append(anchor)
        return tuple(self.rows[anchor or 0 : (anchor or 0) + limit])


MOMENTS = (
    Moment(
        id="1",
        icon="message-square",
        title="Spoke to Mrs Okafor",
        by="Priya Nair",
        at="Today 10:31",
        words="Damp has spread to the back bedroom. Her son has asthma and is using his inhaler every night. "
        "She is out until 2pm on Thursdays. Agreed a visit before the weekend.",
        is_unsent=True,
    ),
    Moment(
        id="2",
        icon="calendar-clock",
        title="Visit booked",
        by="Priya Nair",
        at="Today 10:18",
        tag="Visit booked",
        tone="purple",
        words="Wednesday 25 November, 9:30am with Owen Price, housing officer.",
    ),
    Moment(
        id="3",
        icon="paperclip",
        title="4 photos added",
        by="Resident portal",
        at="Yesterday 16:02",
        words="Kitchen wall, back bedroom ceiling, window frame, boiler cupboard.",
    ),
    Moment(
        id="4",
        icon="mail",
        title="Letter sent: acknowledgement",
        by="Marta Zielinska",
        at="20 Nov 11:47",
        tag="Delivered",
        tone="green",
        words="Large print, English. Posted second class, also emailed.",
    ),
    Moment(
        id="5",
        icon="flag",
        title="Priority raised to high",
        by="Almoner",
        at="20 Nov 09:05",
        tag="High priority",
        tone="red",
        words="A child under five and a respiratory condition are recorded in the household. "
        "Hazard response must start within 24 hours.",
    ),
    Moment(
        id="6",
        icon="folder-plus",
        title="Case opened",
        by="Marta Zielinska",
        at="19 Nov 15:40",
        tag="New",
        tone="blue",
        words="Reported by telephone.",
    ),
)

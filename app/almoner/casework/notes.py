"""Notes on a case. What was written stays: a correction is a new note that names the old one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from almoner.casework.fields import made, needed
from almoner.casework.ports import Desk
from almoner.casework.times import happened
from almoner.records import Address, Case, Note, Participant
from almoner.records.trouble import Trouble
from almoner.rules.mentions import masked_text, postcodes_in
from almoner.store.writing import Reading, Writing

DISCLOSURE_HINT = "The person may ask to read this note."
"""Said beside every box for notes (UK GDPR art. 15: free text is disclosed in a subject access request)."""


def add_note(
    tx: Writing,
    desk: Desk,
    case_id: str,
    text: str,
    *,
    heading: str = "",
    corrects_id: str = "",
    happened_at: datetime | None = None,
    withhold: Iterable[Address] = (),
) -> Note:
    """Add a note to a case. `withhold` are addresses just recorded as confidential: they are masked in the text.

    Raises Trouble when the note is empty or too long, and when the note it corrects belongs to another case.
    """
    case = tx.get(Case, case_id)
    text = needed(text, "Note", "Write what happened, then save.")
    if corrects_id and tx.get(Note, corrects_id).case_id != case.id:
        raise Trouble("The note to correct belongs to another case.", "Open that case and correct it there.")
    note = made(
        Note,
        id=desk.ids.new(),
        case_id=case.id,
        text=masked_text(text, withhold),
        heading=heading,
        corrects_id=corrects_id,
        author_id=desk.me.id,
        happened_at=happened(tx, happened_at),
        recorded_at=tx.now,
    )
    tx.add(note)
    return note


def new_postcodes(reading: Reading, case_id: str, text: str, council_lines: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the postcodes in a text that no address on the case has.

    Each is asked about before saving: "Is this a new address? Is it confidential?"
    """
    found = postcodes_in(text)
    if not found:
        return ()
    known = set(postcodes_in(" ".join(council_lines)))
    for participant in reading.all_of(Participant, case_id=case_id):
        for address in reading.all_of(Address, person_id=participant.person_id):
            known |= set(postcodes_in(address.postcode))
    return tuple(code for code in found if code not in known)

"""How many letters a second one core sets and writes as one run: `python -m benchmarks.letters [--letters N]`.

Every letter differs in name, address, reference and words, so nothing is gained by remembering whole letters.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from almoner.paper.faces import load_faces
from almoner.paper.letters import Letterhead, LetterJob, Sender, Signatory, fill, render_letters
from almoner.paper.profiles import load_profiles
from almoner.paper.templates import LetterTemplate, load_letters
from almoner.rules.words import full_date

_RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_FIRST = ("Comfort", "Owen", "Siân", "Tomasz", "Mair", "Dylan", "Lena", "Priya", "Ŵyn", "Zofia", "Amara")
_LAST = ("Adjei", "Price", "Llŷr", "Gill", "Roberts", "Marsh", "Nair", "Nowak", "Okoro")
_WORDS = ("mould", "wall", "bedroom", "window", "floor", "ceiling", "paper", "wet", "black", "cold", "corner", "winter")


def letters_per_second(letters: int = 500) -> float:
    """Set a run of acknowledgements as one two-sided PDF and return letters per second, fonts already loaded."""
    return letters / _run_seconds(letters)[0]


def _run_seconds(letters: int) -> tuple[float, float]:
    """Return how long a run took, in seconds by the clock and in seconds of one core."""
    faces = load_faces(_RESOURCES / "fonts")
    profile = load_profiles(_RESOURCES / "print-profiles")["dl-window"]
    template = load_letters(_RESOURCES / "letters")["acknowledgement"]
    started, worked = time.perf_counter(), time.process_time()
    pdf = render_letters(list(_jobs(template, letters)), profile, faces)
    taken = time.perf_counter() - started, time.process_time() - worked
    assert pdf.pages >= letters, "every letter has a page"
    return taken


def _jobs(template: LetterTemplate, letters: int) -> Iterator[LetterJob]:
    """Make letters that all differ, the same ones every time."""
    head = Letterhead("Ashmere Borough Council")
    sender = Sender("Housing Service", ("Civic Centre", "1 Market Square", "Ashmere", "AS1 1AA"), "01632 960417")
    for number in range(letters):
        name = f"{_FIRST[number % 11]} {_LAST[number % 9]}"
        due = date(2027, 1, 4) + timedelta(days=number % 60)
        told = [_WORDS[(number * step) % len(_WORDS)] for step in range(1, 26)]
        values = {
            "salutation": name,
            "case_kind": "Damp and mould",
            "reported_on": full_date(due - timedelta(days=18)),
            "place": f"{number} Tarn Court, Ashmere",
            "summary": f"There is {' '.join(told)}.",
            "promise": f"We will investigate by {full_date(due)}.",
            "depends_on": "That is 10 working days from the day after you told us.",
            "phone": "01632 960417",
            "email": f"housing{number}@ashmere.example",
            "opening_hours": "Monday to Friday, 8.30am to 5pm",
            "complaints": "Tell us by phone, by email or in writing, and we will reply in writing.",
        }
        address = (name, f"{number} Tarn Court", "Ashmere", f"AS{number % 9 + 1} {number % 10}QT")
        letter = fill(template, values)
        signatory = Signatory("Owen Price", "Housing officer")
        yield LetterJob(head, sender, address, due, f"ASH-{number:04d}-92QX-3", letter, signatory)


def main() -> None:
    """Measure and print one JSON object."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--letters", type=int, default=500, help="letters in the run, at most 2,000")
    asked = reader.parse_args()
    clock, core = _run_seconds(asked.letters)
    measured = {"letters_per_s": round(asked.letters / clock, 1), "letters_per_core_s": round(asked.letters / core, 1)}
    print(json.dumps({"letters": asked.letters, **measured}))


if __name__ == "__main__":
    main()

"""A council that does not exist, its typefaces, profiles and letters, for the tests of paper."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from almoner.paper.faces import Faces, load_faces
from almoner.paper.letters import Letterhead, LetterJob, Sender, Signatory, fill
from almoner.paper.profiles import PrintProfile, load_profiles
from almoner.paper.templates import LetterTemplate, load_letters

RESOURCES = Path(__file__).resolve().parents[2] / "resources"

VALUES = {
    "salutation": "Ms Adjei",
    "case_kind": "Damp and mould",
    "reported_on": "Thursday 17 December 2026",
    "place": "14B Tarn Court, Ashmere",
    "summary": "There is black mould on the outside wall of your son’s bedroom. He is three and has asthma.",
    "promise": "We will investigate by Tuesday 5 January 2027.",
    "depends_on": "That is 10 working days from the day after you told us; 25 and 28 December do not count.",
    "phone": "01632 960417",
    "email": "housing@ashmere.example",
    "opening_hours": "Monday to Friday, 8.30am to 5pm",
    "complaints": "Tell us by phone, by email, in writing or at the Civic Centre, and we will reply in writing.",
}

MakeJob = Callable[..., LetterJob]


@pytest.fixture(scope="session")
def faces() -> Faces:
    return load_faces(RESOURCES / "fonts")


@pytest.fixture(scope="session")
def profiles() -> dict[str, PrintProfile]:
    return load_profiles(RESOURCES / "print-profiles")


@pytest.fixture(scope="session")
def templates() -> dict[str, LetterTemplate]:
    return load_letters(RESOURCES / "letters")


@pytest.fixture
def values() -> dict[str, str]:
    return dict(VALUES)


@pytest.fixture
def make_job(templates: dict[str, LetterTemplate]) -> MakeJob:
    """Make an acknowledgement; any value of a blank, the recipient and the size may be given."""

    def make(
        recipient: tuple[str, ...] = ("Ms Comfort Adjei", "14B Tarn Court", "Ashmere", "AS1 4QT"),
        text_pt: float = 0.0,
        **changed: str,
    ) -> LetterJob:
        return LetterJob(
            Letterhead("Ashmere Borough Council"),
            Sender(
                "Housing Service",
                ("Civic Centre", "1 Market Square", "Ashmere", "AS1 1AA"),
                phone="01632 960417",
                email="housing@ashmere.example",
            ),
            recipient,
            date(2026, 12, 17),
            "ASH-7K4M-92QX-3",
            fill(templates["acknowledgement"], {**VALUES, **changed}),
            Signatory("Owen Price", "Housing officer"),
            text_pt,
        )

    return make

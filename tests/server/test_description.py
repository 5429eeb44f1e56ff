"""The service describes itself, and the description changes only on purpose."""

from __future__ import annotations

import json
from pathlib import Path

from almoner.server.app import make_app
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"


def test_the_description_is_the_one_that_was_agreed(cheap_passwords: Passwords) -> None:
    """A changed address, message or limit shows here: run `python -m tests.server.test_description` and look."""
    assert json.loads(GOLDEN.read_text()) == description(cheap_passwords)


def test_every_reference_leads_somewhere(cheap_passwords: Passwords) -> None:
    """Nothing in the description points to a schema that is not in it."""
    made = description(cheap_passwords)
    named = {part.partition('"')[0] for part in json.dumps(made).split("#/components/schemas/")[1:]}

    assert named - made["components"]["schemas"].keys() == set()


def test_everything_but_health_and_signing_in_wants_a_token(cheap_passwords: Passwords) -> None:
    """No address that gives or takes a record is open."""
    paths = description(cheap_passwords)["paths"]
    unlocked = {(method, path) for path, ways in paths.items() for method, way in ways.items() if "security" not in way}

    assert unlocked == {
        ("get", "/healthz"), ("get", "/readyz"), ("options", "/files/{sha256}"),
        ("post", "/auth/enrol"), ("post", "/auth/token"), ("post", "/auth/refresh"),
    }  # fmt: skip


def description(passwords: Passwords) -> dict:  # type: ignore[type-arg]  # any JSON
    """What /openapi.json gives, less the version of the program and words that may be bettered."""
    app = make_app(Settings(database_url="postgresql+psycopg://", files=""), passwords=passwords)
    made = json.loads(json.dumps(app.openapi()), object_hook=_without_words)
    made["info"]["version"] = ""
    return dict(made)


def _without_words(part: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in part.items() if not (name == "description" and isinstance(value, str))}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(description(Passwords()), indent=1, sort_keys=True) + "\n")

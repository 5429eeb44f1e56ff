"""Health: whether the process answers, and whether it can serve."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from tests.server.conftest import Town, served

from almoner.server.app import make_app


def test_a_service_with_its_tables_is_ready(town: Town) -> None:
    """Both signs are green when the database has the tables of this release."""
    assert town.get("/healthz").json() == {"status": "running"}
    assert town.get("/readyz").json() == {"status": "ready"}


def test_a_database_of_another_release_is_not_ready(town: Town) -> None:
    """Until it is upgraded the proxy sends nobody here; the process itself is well."""
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    ready = town.get("/readyz")

    assert (ready.status_code, ready.json()["code"]) == (503, "database_not_upgraded")
    assert town.get("/healthz").status_code == 200


def test_without_its_database_the_service_says_busy(closed_town: Town) -> None:
    """A database that is away is a wait, not a fault; its address stays out of the answer."""
    nowhere = replace(closed_town.settings, database_url="postgresql+psycopg://u:pw-secret@127.0.0.1:1/none")
    with served(make_app(nowhere, passwords=closed_town.passwords)) as port:
        closed_town.address = f"http://127.0.0.1:{port}"
        ready, sign_in = closed_town.get("/readyz"), closed_town.post("/auth/refresh", refresh_token="x")

    assert (ready.status_code, sign_in.status_code) == (503, 503)
    assert sign_in.json()["code"] == "database_unavailable"
    assert "pw-secret" not in ready.text + sign_in.text

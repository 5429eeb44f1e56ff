"""Whether the process runs, and whether it can serve: for the proxy and the people who watch."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from almoner.server.answers import busy
from almoner.server.service import TheService

routes = APIRouter(tags=["Health"])


class Health(BaseModel):
    """How the service stands."""

    status: str


@routes.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers."""
    return Health(status="running")


@routes.get("/readyz")
def readyz(service: TheService) -> Health:
    """Say that the database answers and has the tables of this release; 503 otherwise."""
    found, wanted = service.heads()
    if found != wanted:
        raise busy(30.0, code="database_not_upgraded")
    return Health(status="ready")

"""The service put together: its addresses, its door, and what becomes of faults."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response
from structlog.typing import FilteringBoundLogger

from almoner.casework.ports import Clock
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.server import auth_routes, device_routes, file_routes, health_routes, hint_routes, sync_routes
from almoner.server.accounts import Accounts
from almoner.server.answers import Refusal, busy, not_found, not_understood, peer_refusal, refusal_answer
from almoner.server.database import make_engine
from almoner.server.description import DescribedApp
from almoner.server.door import Door
from almoner.server.file_store import FileStore
from almoner.server.logs import fault_place, make_log
from almoner.server.object_store import open_object_store
from almoner.server.orphans import end_with_parent
from almoner.server.passwords import Passwords
from almoner.server.service import Service
from almoner.server.settings import Settings, settings_from
from almoner.store.migrate_central import heads
from almoner.sync.peer import PeerTrouble


def make_app(
    settings: Settings,
    engine: Engine | None = None,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    log: FilteringBoundLogger | None = None,
) -> FastAPI:
    """The service over one database. A test gives its own clock, cheaper passwords and a log it can read."""
    engine = engine or make_engine(settings)
    clock, log = clock or SystemClock(), log or make_log()
    service = Service(
        settings=settings,
        engine=engine,
        clock=clock,
        accounts=Accounts(engine, settings, clock, SystemIds(), passwords or Passwords()),
        files=FileStore(open_object_store(settings.files), most_bytes=settings.file_bytes),
        log=log,
        heads=lambda: heads(engine),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = DescribedApp(
        title="Almoner central service",
        version=version("almoner"),
        description="What a council's laptops sync with.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.service = service
    for part in (health_routes, auth_routes, sync_routes, hint_routes, device_routes, file_routes):
        app.include_router(part.routes)
    _say_no(app)
    app.add_middleware(Door, settings=settings, log=log)
    return app


def app_from_environment() -> FastAPI:
    """The service as each worker process makes it, with the settings that `main.run` left in the environment."""
    end_with_parent()
    return make_app(settings_from(os.environ))


def _say_no(app: FastAPI) -> None:
    """Every fault that the world causes becomes a refusal in the same shape."""

    def answer(request: Request, refusal: Refusal) -> Response:
        return refusal_answer(refusal, request.state.request_id)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return answer(request, refusal)

    @app.exception_handler(PeerTrouble)
    async def declined(request: Request, trouble: PeerTrouble) -> Response:
        return answer(request, peer_refusal(trouble))

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, fault: RequestValidationError) -> Response:
        places = sorted({".".join(str(part) for part in error["loc"][:2]) for error in fault.errors()})
        return answer(request, not_understood(f"{', '.join(places[:10])} is missing or wrong."))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, fault: HTTPException) -> Response:
        found = fault.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
        return answer(request, not_understood("it was malformed.") if found else not_found())

    @app.exception_handler(DataError)
    async def not_kept(request: Request, fault: DataError) -> Response:
        place = fault_place(fault)
        app.state.service.log.warning("value", request_id=request.state.request_id, where=place)
        return answer(request, not_understood("it holds a value that cannot be kept."))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    async def no_database(request: Request, fault: Exception) -> Response:
        app.state.service.log.error("database", request_id=request.state.request_id, fault=type(fault).__name__)
        return answer(request, busy(5.0, code="database_unavailable"))

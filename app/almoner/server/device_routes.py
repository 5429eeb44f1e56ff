"""The address of devices: who is not syncing, for how long and why, for those who look after officers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from almoner.server.answers import not_allowed, not_understood
from almoner.server.description import answering
from almoner.server.device_list import NotACursor, devices_for
from almoner.server.service import TheCaller, TheService
from almoner.server.wire_answers import wire_answer
from almoner.sync.messages import Devices

routes = APIRouter(tags=["Devices"])
Cursor = Annotated[str, Query(max_length=120, description="`next` of the answer before; left out for the first.")]


@routes.get("/devices", openapi_extra=answering(Devices))
def devices(request: Request, caller: TheCaller, service: TheService, after: Cursor = "") -> Response:
    """Give the devices of the officers the caller looks after: a supervisor's teams, or all for an administrator."""
    with service.engine.connect() as connection:
        try:
            found = devices_for(connection, caller.user_id, after=after, now=service.clock.now())
        except NotACursor as fault:
            raise not_understood("`after` is not one of ours.") from fault
    if found is None:
        what = "Devices are shown to supervisors and administrators."
        raise not_allowed("not_a_supervisor", what, "Ask your supervisor.")
    return wire_answer(request, found)

"""What the service says of itself at /openapi.json: true also for the messages and refusals that are not FastAPI's."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI

from almoner.server.answers import Refused
from almoner.sync import messages

_PLACE = "#/components/schemas/{name}"


def described(asked: type[msgspec.Struct], answer: type[msgspec.Struct]) -> dict[str, Any]:
    """What OpenAPI says of an address that takes one message of the wire and answers with another."""
    return {
        "requestBody": {"required": True, "content": _content(asked)},
        "responses": {"200": {"description": (answer.__doc__ or "").split(".")[0], "content": _content(answer)}},
    }


def answering(answer: type[msgspec.Struct]) -> dict[str, Any]:
    """What OpenAPI says of an address that takes no message and answers with one of the wire."""
    return {"responses": described(answer, answer)["responses"]}


def _content(shape: type[msgspec.Struct]) -> dict[str, Any]:
    schema = {"schema": {"$ref": _PLACE.format(name=shape.__name__)}}
    return {messages.MEDIA_TYPE: schema, messages.JSON_TYPE: schema}


class DescribedApp(FastAPI):
    """FastAPI with a description that holds every message of the wire and the one shape of a refusal."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            made = super().openapi()
            _, parts = msgspec.json.schema_components((*messages.MESSAGES, Refused), ref_template=_PLACE)
            schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(parts)
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for operations in made["paths"].values():
                for operation in operations.values():
                    _refusals(operation["responses"])
            self.openapi_schema = made
        return self.openapi_schema


def _refusals(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    schema = {"$ref": _PLACE.format(name=Refused.__name__)}
    responses["default"] = {"description": "A refusal.", "content": {messages.JSON_TYPE: {"schema": schema}}}

"""The service's log: one JSON object a line with ids, counts and times, and no personal details."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

ALLOWED = frozenset(
    {
        *("event", "level", "at", "request_id", "method", "route", "status", "ms", "bytes_in", "bytes_out"),
        *("user_id", "device_id", "client_id", "scope_count", "mutation_count", "record_count", "fault", "where"),
        *("workers", "host", "port", "secure", "pid", "schema", "code", "version"),
    }
)
"""The only names a log line may carry; anything else is dropped before it is written."""


def make_log(stream: TextIO = sys.stderr) -> FilteringBoundLogger:
    """A log that writes to a stream, by default the standard error output."""
    made: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    )
    return made


def only_allowed(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Drop every name that is not on the list, so that a careless call cannot leak a person's details."""
    return {name: value for name, value in line.items() if name in ALLOWED}


def fault_place(fault: BaseException) -> str:
    """Where a fault arose, as `file:line function`, innermost of ours first; never its message."""
    frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if "almoner" in frame.filename]
    named = [f"{frame.filename.rpartition('almoner/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return " < ".join(named[:4])


class WordsOnly(logging.Formatter):
    """uvicorn's own lines as JSON: where they come from and how grave, without their text's details or traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        event = record.msg if isinstance(record.msg, str) else "uvicorn"
        return json.dumps({"event": event.split("%")[0].strip(), "level": record.levelname.lower(), "at": at})


UVICORN_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"words": {"()": "almoner.server.logs.WordsOnly"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "words", "stream": "ext://sys.stderr"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
"""What uvicorn is told about its log: only what is wrong."""

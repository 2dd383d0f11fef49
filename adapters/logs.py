"""The log: one JSON object on each line of stderr, so that no value can forge a line.

A traceback shows where, never the values of variables: those are people's data.
"""

import logging
import sys
from contextvars import ContextVar
from typing import NamedTuple, TextIO

import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import EventDict, Processor, WrappedLogger

from adapters.settings import LogLevel

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Request(NamedTuple):
    """What each line says that belongs to a request."""

    request_id: object
    trace_id: str | None


# Of the task that answers a request, and of those that it begins.
request = ContextVar[Request | None]("request", default=None)


def _name_the_request(
    _logger: WrappedLogger, _method: str, line: EventDict
) -> EventDict:
    its = request.get()
    if its is not None:
        line.setdefault("request_id", str(its.request_id))
        line.setdefault("trace_id", its.trace_id)
    return line


_SHARED: tuple[Processor, ...] = (
    _name_the_request,
    structlog.stdlib.add_log_level,
    TimeStamper(fmt="iso", utc=True),
    ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
)


def configure(level: LogLevel, stream: TextIO = sys.stderr) -> None:
    """Send what we log, and what libraries log, to `stream` from `level` on."""
    structlog.configure(
        processors=[*_SHARED, JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[ProcessorFormatter.remove_processors_meta, JSONRenderer()],
        )
    )
    logging.basicConfig(
        level=max(_LEVELS[level], logging.WARNING), handlers=[handler], force=True
    )

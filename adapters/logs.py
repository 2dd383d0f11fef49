"""The log: one JSON object on each line of stderr, so that no value can forge a line.

A traceback shows where, never the values of variables: those are people's data.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import Processor

from adapters.settings import LogLevel

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_SHARED: tuple[Processor, ...] = (
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

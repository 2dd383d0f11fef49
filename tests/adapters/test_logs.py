"""The log: one object a line, whatever is in it, and no variable's value."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_newline_in_a_value_forges_no_line(stream: io.StringIO):
    structlog.get_logger().info("read", path='/a\n{"event": "forged"}\u2028')

    (line,) = lines(stream)
    assert line["path"] == '/a\n{"event": "forged"}\u2028'
    assert line["level"] == "info"


def test_a_newline_in_what_a_library_logs_forges_no_line(stream: io.StringIO):
    logging.getLogger("library").warning("half\n%s", "forged")

    (line,) = lines(stream)
    assert line["event"] == "half\nforged"


def fail(customer: str) -> None:
    raise ValueError(len(customer))


def test_a_traceback_shows_where_and_no_value(stream: io.StringIO):
    try:
        fail("Kari Nordmann")
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)

    (line,) = lines(stream)
    assert '"fail"' in json.dumps(line)
    assert "Kari" not in stream.getvalue()


def test_what_is_below_the_level_is_not_logged(stream: io.StringIO):
    structlog.get_logger().debug("quiet")
    logging.getLogger("library").info("chatter")

    assert lines(stream) == []

"""What Schemathesis is told of our API: likely times, fresh keys, whole numbers."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from hypothesis import strategies as st

from adapters import clock
from tests import running

_KEY = re.compile("[!-~]{1,200}")
_numbers = itertools.count()
_QUARTER = timedelta(minutes=15)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:00Z")


def _times() -> st.SearchStrategy[str]:
    """Return whole minutes: those of the next weeks, and any other."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    soon = st.integers(0, 40 * 96).map(lambda number: today + number * _QUARTER)
    ever = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30))  # noqa: DTZ001 - in UTC
    return st.one_of(soon, ever.map(lambda moment: moment.replace(tzinfo=UTC))).map(
        _written
    )


schemathesis.openapi.format("date-time", _times())
schemathesis.openapi.format(
    "entity-tags", st.sampled_from(["*", "*", "*", '"1"', 'W/"1"', '"1", "2"'])
)


@schemathesis.hook
def map_path_parameters(_context: Any, parameters: Any) -> Any:
    """Ask for the workshop that is there; which number is none is tested elsewhere."""
    return _at_the_workshop(parameters)


def _at_the_workshop(named: Any) -> Any:
    if isinstance(named, dict) and isinstance(named.get("org_nr"), int):
        return named | {"org_nr": running.ORG_NR}
    return named


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Let the period of which openings are asked for be one, where it has two ends."""
    query = _at_the_workshop(query)
    if context.operation.definition.raw.get("operationId") != "findOpenings":
        return query
    ends = [_read(query.get(name)) for name in ("from", "to")] if query else []
    if None in ends or not ends:
        return query
    first, last = sorted(end for end in ends if end is not None)
    most = min(max(last - first, _QUARTER), timedelta(days=7))
    return query | {"from": _written(first), "to": _written(first + most)}


def _read(value: object) -> datetime | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:00Z").replace(tzinfo=UTC)
    except ValueError:
        return None


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Let no key of one call be that of another: what follows is tested elsewhere."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and _KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = f"{key}{next(_numbers)}"


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Write whole numbers as JSON does: JSON Schema knows no 5.0, and we no 5.0 ids."""
    if isinstance(body, dict):
        whole = {name: map_body(_context, value) for name, value in body.items()}
        return _at_the_workshop(whole)
    if isinstance(body, list):
        return [map_body(_context, value) for value in body]
    if isinstance(body, float) and body.is_integer():
        return int(body)
    return body

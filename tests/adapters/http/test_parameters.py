"""Query values and cursors: what is right, and that all else is refused."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.types import HTTPScope

from adapters.http import cursors, pages, parameters
from adapters.http.pages import Expand
from adapters.http.problems import Problem
from application.listing import EARLIEST, LATEST, ListKey, Only, RequestKey
from domain.booking import Status
from domain.changes import RequestStatus
from tests.examples import DAY, FRIDAY, MONDAY, THURSDAY, uuid

Read = Callable[[HTTPScope], object]


def scope(*query: tuple[str, str]) -> HTTPScope:
    found = {"query_string": urlencode(query).encode(), "headers": []}
    return cast("HTTPScope", found)


def of_owner(scope: HTTPScope) -> pages.Bookings:
    return pages.bookings(scope, MONDAY)


def of_desk(scope: HTTPScope) -> pages.Desk:
    return pages.desk(scope, MONDAY)


def of_desk_requests(scope: HTTPScope) -> pages.DeskRequests:
    return pages.desk_requests(scope, MONDAY)


def as_of(scope: HTTPScope) -> datetime | None:
    return parameters.as_of(scope, MONDAY)


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_what_is_not_asked_has_a_default():
    assert of_owner(scope(("unknown", "x"), ("unknown", "y"))) == pages.Bookings(
        only=Only(now=MONDAY),
        is_grouped=True,
        expand=frozenset(),
        limit=50,
        after=None,
    )
    assert of_desk(scope()) == pages.Desk(only=Only(now=MONDAY), page=1, page_size=50)
    assert pages.versions(scope()) == pages.Versions(limit=50, after=0)
    assert pages.requests(scope()) == pages.Requests(limit=50, after=None)
    assert of_desk_requests(scope()).only.statuses == frozenset()
    assert as_of(scope()) is None
    assert parameters.dry_run(scope()) is False


def test_an_owners_list_is_asked_for_in_parts():
    place = ListKey(start=FRIDAY, booking_id=123)
    found = of_owner(
        scope(
            ("status", "PENDING,CONFIRMED"),
            ("from", "2026-06-04T10:00:00.5+02:00"),
            ("to", wire(FRIDAY)),
            ("grouped", "0"),
            ("expand", "ws,co,ws"),
            ("limit", "200"),
            ("cursor", cursors.of_start(place)),
        )
    )

    assert found == pages.Bookings(
        only=Only(
            now=MONDAY,
            statuses=frozenset({Status.PENDING, Status.CONFIRMED}),
            since=THURSDAY + timedelta(milliseconds=500),
            until=FRIDAY,
        ),
        is_grouped=False,
        expand=frozenset(Expand),
        limit=200,
        after=place,
    )


def test_a_period_may_be_open_at_either_end():
    ahead, behind = (
        of_owner(scope(("from", wire(FRIDAY)))).only,
        of_owner(scope(("to", wire(FRIDAY)))).only,
    )

    assert (ahead.since, ahead.until) == (FRIDAY, LATEST)
    assert (behind.since, behind.until) == (EARLIEST, FRIDAY)


def test_a_desks_page_begins_after_those_before_it():
    found = of_desk(scope(("page", "3"), ("page_size", "20"), ("status", "NO_SHOW")))

    assert (found.page, found.page_size, found.offset) == (3, 20, 40)
    assert found.only.statuses == {Status.NO_SHOW}


def test_a_desks_requests_are_asked_for_by_their_status():
    place = RequestKey(requested_at=MONDAY, request_id=uuid(5))
    found = of_desk_requests(
        scope(
            ("status", "PENDING,COUNTERED"),
            ("limit", "1"),
            ("cursor", cursors.of_request(place)),
        )
    )

    assert found.only.statuses == {RequestStatus.PENDING, RequestStatus.COUNTERED}
    assert (found.limit, found.after) == (1, place)


def test_openings_are_asked_for_over_a_month_at_most():
    def asked(until: datetime) -> pages.Openings:
        return pages.openings(
            scope(("service_id", "7"), ("from", wire(MONDAY)), ("to", wire(until)))
        )

    assert asked(MONDAY + 31 * DAY) == pages.Openings(
        service_id=7, since=MONDAY, until=MONDAY + 31 * DAY
    )
    for until in (MONDAY, MONDAY - DAY, MONDAY + 31 * DAY + timedelta(seconds=1)):
        with pytest.raises(Problem):
            asked(until)


def test_a_moment_that_was_may_be_asked_of_up_to_now():
    assert as_of(scope(("as_of", wire(MONDAY)))) == MONDAY
    assert as_of(scope(("as_of", "2026-06-01T07:59:59.999999Z"))) == (
        MONDAY - timedelta(microseconds=1)
    )


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("0", False)])
def test_a_dry_run_is_asked_for(value: str, *, meant: bool):
    assert parameters.dry_run(scope(("dry_run", value))) is meant


NO_NUMBER = ("", "0", "-1", "01", "1.0", "1e1", " 1", "+1", "٣", "1_0", "9" * 11)
NO_MOMENT = (
    "",
    "now",
    "2026-06-01",
    "2026-06-01T08:00:00",
    "2026-06-01T08:00:00 02:00",
    "2026-06-01T24:00:00Z",
    "2026-02-30T08:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "1999-12-31T23:59:59Z",
)
NO_STATUS = ("", "pending", "PENDING,", ",PENDING", "PENDING, CONFIRMED", "MAYBE")
WRONG: list[tuple[Read, str, tuple[str, ...]]] = [
    (of_owner, "status", (*NO_STATUS, "APPROVED")),
    (of_owner, "from", NO_MOMENT),
    (of_owner, "to", NO_MOMENT),
    (of_owner, "grouped", ("", "2", "true", "yes")),
    (of_owner, "expand", ("", "CO", "co,", "co ws", "vehicle")),
    (of_owner, "limit", (*NO_NUMBER, "201")),
    (of_owner, "cursor", ("", "x", "MQ")),
    (of_desk, "status", NO_STATUS),
    (of_desk, "from", NO_MOMENT),
    (of_desk, "page", (*NO_NUMBER, "100001")),
    (of_desk, "page_size", (*NO_NUMBER, "201")),
    (of_desk_requests, "status", (*NO_STATUS, "CONFIRMED")),
    (of_desk_requests, "cursor", ("", "x", "MQ")),
    (pages.requests, "limit", (*NO_NUMBER, "201")),
    (pages.requests, "cursor", ("", "x", "MQ")),
    (pages.versions, "limit", (*NO_NUMBER, "201")),
    (pages.versions, "cursor", ("", "x", "MA", "MQ=", "LTE")),
    (parameters.dry_run, "dry_run", ("", "2", "true", "yes")),
    (as_of, "as_of", (*NO_MOMENT, "2026-06-01T08:00:00.000001Z")),
]


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [(read, name, value) for read, name, values in WRONG for value in values],
)
def test_a_value_of_ours_is_right_or_refused(read: Read, name: str, value: str):
    with pytest.raises(Problem) as caught:
        read(scope((name, value)))

    assert caught.value.code == "invalid_parameter"
    assert name in caught.value.detail


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [
        (of_owner, "status", "PENDING"),
        (of_owner, "limit", "1"),
        (of_desk, "page", "1"),
        (parameters.dry_run, "dry_run", "1"),
        (as_of, "as_of", "2026-01-01T00:00:00Z"),
    ],
)
def test_a_value_of_ours_is_there_once(read: Read, name: str, value: str):
    with pytest.raises(Problem):
        read(scope((name, value), (name, value)))


@pytest.mark.parametrize("read", [of_owner, of_desk])
@pytest.mark.parametrize("until", [FRIDAY, THURSDAY])
def test_a_period_ends_after_it_begins(read: Read, until: datetime):
    with pytest.raises(Problem):
        read(scope(("from", wire(FRIDAY)), ("to", wire(until))))


@pytest.mark.parametrize("missing", ["service_id", "from", "to"])
def test_openings_are_of_a_service_and_a_period(missing: str):
    given = {"service_id": "7", "from": wire(MONDAY), "to": wire(FRIDAY)}
    del given[missing]

    with pytest.raises(Problem) as caught:
        pages.openings(scope(*given.items()))
    assert missing in caught.value.detail


moments = st.datetimes(timezones=st.just(UTC))
booking_ids = st.integers(1, 10**18 - 1)


@given(moments, booking_ids)
def test_a_place_in_a_list_comes_back_as_it_was(start: datetime, booking_id: int):
    place = ListKey(start=start, booking_id=booking_id)

    assert cursors.start(cursors.of_start(place)) == place


@given(moments, st.uuids())
def test_a_place_among_requests_comes_back_as_it_was(at: datetime, request_id: Any):
    place = RequestKey(requested_at=at, request_id=request_id)

    assert cursors.request(cursors.of_request(place)) == place


@given(booking_ids)
def test_a_place_in_a_stream_comes_back_as_it_was(version: int):
    assert cursors.version(cursors.of_version(version)) == version


@given(st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_any_other_text_is_a_place_in_one_form_or_none(text: str):
    for read, write in (
        (cursors.start, cursors.of_start),
        (cursors.request, cursors.of_request),
        (cursors.version, cursors.of_version),
    ):
        found: Any = read(text)
        write_again: Any = write

        assert found is None or write_again(found) == text


def test_a_place_beyond_time_is_none():
    far = base64.urlsafe_b64encode(f"{'9' * 18} {uuid(5)}".encode()).decode()

    assert cursors.request(far.rstrip("=")) is None

"""What the readers owe the answers, on each store: the clock counts in every list."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.reading import CoalescingReader
from adapters.rounds import Asked, Rows
from application.listing import ListKey, Only, OnlyRequests, RequestKey
from application.queries import Seen
from application.stored import Upload, UploadStatus
from domain import events
from domain.booking import Status
from domain.changes import ChangeRequest, Kind, RequestStatus
from domain.events import BookingEvent, MessageAppended
from domain.identity import Actor
from domain.personal import Words
from domain.slots import HoldKind
from domain.structs import replace
from tests import lived, servers, stores
from tests.examples import (
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    CONFIRMED,
    FRIDAY,
    GROUP,
    HOUR,
    LATE,
    MINUTE,
    MONDAY,
    NEXT_REQUEST,
    ORG_NR,
    OTHER_OWNER,
    OWNER,
    PLACED,
    POLICY,
    REQUEST,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    UPLOAD,
    WEDNESDAY,
    slot,
    uuid,
)
from tests.lived import Happened

pytestmark = pytest.mark.anyio

OTHER_ORG_NR = ORG_NR + 1024
# What the bookings are as of LATE, an hour after Wednesday's lapsed unconfirmed.
DONE, LAPSED, CONFIRMED_ID, PENDING, GONE, FOREIGN, ELSEWHERE = (
    BOOKING_ID + n * 1024 for n in range(7)
)
OTHER_GROUP = uuid(70)
EXPIRED_REQUEST, FOREIGN_REQUEST = uuid(71), uuid(72)
NOW = Only(now=LATE)
REQUESTS_NOW = OnlyRequests(now=LATE)


def placed(
    number: int, start: datetime, *, owner: Actor = OWNER, **members: Any
) -> Happened:
    event = replace(
        PLACED,
        booking_id=number,
        owner=owner.id,
        slot=slot(start),
        **{"group_id": OTHER_GROUP} | members,
    )
    return lived.of_booking(number, event, by=owner)


def then(number: int, event: BookingEvent, at: datetime = MONDAY) -> Happened:
    return lived.of_booking(number, event, at=at)


def said(number: int) -> MessageAppended:
    return MessageAppended(message_id=uuid(80 + number), personal=Words(text="Hello."))


ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
HAPPENED = (
    lived.of_workshop(ORG_NR, ADDED),
    lived.of_workshop(OTHER_ORG_NR, replace(ADDED, org_nr=OTHER_ORG_NR)),
    placed(DONE, TUESDAY),
    then(DONE, CONFIRMED),
    then(DONE, events.Started(), TUESDAY),
    then(DONE, events.Completed(), TUESDAY + HOUR),
    placed(LAPSED, WEDNESDAY),
    placed(CONFIRMED_ID, THURSDAY, group_id=GROUP),
    then(CONFIRMED_ID, CONFIRMED),
    then(CONFIRMED_ID, said(1)),
    then(CONFIRMED_ID, said(2)),
    then(CONFIRMED_ID, ASKED_FOR_FRIDAY, TUESDAY),
    then(CONFIRMED_ID, events.ChangeSuperseded(change_request_id=REQUEST), TUESDAY),
    then(
        CONFIRMED_ID,
        replace(
            ASKED_FOR_FRIDAY, change_request_id=NEXT_REQUEST, target=slot(SATURDAY)
        ),
        TUESDAY,
    ),
    then(CONFIRMED_ID, said(3), TUESDAY),
    placed(PENDING, FRIDAY, group_id=GROUP),
    placed(GONE, SATURDAY),
    then(GONE, events.Cancelled(), TUESDAY),
    placed(FOREIGN, THURSDAY + 2 * HOUR, owner=OTHER_OWNER),
    then(
        FOREIGN,
        replace(
            ASKED_FOR_FRIDAY,
            change_request_id=EXPIRED_REQUEST,
            target=slot(SUNDAY),
            expires_at=LATE,
        ),
        MONDAY + HOUR,
    ),
    lived.of_workshop(
        ORG_NR, events.PolicyChanged(policy=replace(POLICY, bays=2)), at=TUESDAY
    ),
    placed(ELSEWHERE, THURSDAY, org_nr=OTHER_ORG_NR, group_id=GROUP),
    then(
        ELSEWHERE,
        events.ChangeRequested(
            change_request_id=FOREIGN_REQUEST,
            kind=Kind.CANCEL,
            from_start=THURSDAY,
            expires_at=THURSDAY,
            decision=ASKED_FOR_FRIDAY.decision,
        ),
        TUESDAY,
    ),
)
FILE = Upload(
    id=UPLOAD,
    booking_id=CONFIRMED_ID,
    owner=OWNER.id,
    name="photo.jpg",
    size=1234,
    sha256=None,
    content_type="image/jpeg",
    stored_sha256=bytes(32),
    status=UploadStatus.COMPLETE,
    message_id=uuid(81),
    created_at=MONDAY,
)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the URL of a store in which all that happened; nothing here writes."""
    if request.param == "sqlite":
        empty = servers.sqlite_url(tmp_path_factory.mktemp("lived"))
        yield lived.store(empty, HAPPENED, new_uploads=[FILE])
        return
    server: str = request.getfixturevalue("postgres_server")
    with servers.fresh_database(server) as empty:
        yield lived.store(empty, HAPPENED, new_uploads=[FILE])


@pytest.fixture
async def reader(url):
    async with stores.reading(url) as reader:
        yield reader


def ids(found: Sequence[Seen]) -> list[int]:
    return [seen.stored.booking.id for seen in found]


async def test_an_owners_list_is_newest_start_first_and_paged(reader):
    first = await reader.bookings(OWNER.id, NOW, after=None, limit=3)
    last = first[-1].stored.booking
    after = ListKey(start=last.slot.start, booking_id=last.id)
    rest = await reader.bookings(OWNER.id, NOW, after=after, limit=9)

    assert ids(first) == [GONE, PENDING, ELSEWHERE]
    assert ids(rest) == [CONFIRMED_ID, LAPSED, DONE]


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ({Status.PENDING}, [PENDING]),
        ({Status.CANCELLED}, [GONE, LAPSED]),
        ({Status.COMPLETED, Status.PENDING}, [PENDING, DONE]),
        ({Status.NO_SHOW}, []),
        (set(Status), [GONE, PENDING, CONFIRMED_ID, LAPSED, DONE]),
    ],
)
async def test_a_list_by_status_is_as_of_now_for_both_sides(reader, statuses, found):
    only = Only(now=LATE, statuses=frozenset(statuses))
    owners = await reader.bookings(OWNER.id, only, after=None, limit=9)
    workshops = await reader.workshops_bookings(ORG_NR, only, offset=0, limit=9)

    own = [number for number in ids(owners) if number != ELSEWHERE]
    desk = [number for number in ids(workshops.bookings) if number != FOREIGN]
    assert own == found
    assert desk == found[::-1]


@pytest.mark.parametrize(
    ("now", "seen_as"),
    [
        (WEDNESDAY - MINUTE, Status.PENDING),
        (WEDNESDAY, Status.CANCELLED),
        (WEDNESDAY + MINUTE, Status.CANCELLED),
    ],
)
async def test_at_its_very_start_a_pending_booking_is_listed_as_cancelled(
    reader, now, seen_as
):
    listed = [
        status
        for status in (Status.PENDING, Status.CANCELLED)
        for only in [Only(now=now, statuses=frozenset({status}))]
        if LAPSED in ids(await reader.bookings(OWNER.id, only, after=None, limit=9))
    ]

    assert listed == [seen_as]


async def test_from_counts_and_to_does_not(reader):
    only = Only(now=LATE, since=WEDNESDAY, until=FRIDAY)

    owners = await reader.bookings(OWNER.id, only, after=None, limit=9)
    workshops = await reader.workshops_bookings(ORG_NR, only, offset=0, limit=9)

    assert ids(owners) == [ELSEWHERE, CONFIRMED_ID, LAPSED]
    assert ids(workshops.bookings) == [LAPSED, CONFIRMED_ID, FOREIGN]
    assert workshops.total == 3


async def test_a_page_after_the_end_of_a_period_goes_on_inside_it(reader):
    after = ListKey(start=SATURDAY, booking_id=GONE)
    only = Only(now=LATE, until=FRIDAY)

    found = await reader.bookings(OWNER.id, only, after=after, limit=1)

    assert ids(found) == [ELSEWHERE]


@pytest.mark.parametrize(
    "statuses", [frozenset[Status](), frozenset(Status)], ids=["all", "by status"]
)
async def test_a_workshops_list_is_oldest_start_first_and_counted(reader, statuses):
    only = Only(now=LATE, statuses=statuses)

    first = await reader.workshops_bookings(ORG_NR, only, offset=0, limit=4)
    second = await reader.workshops_bookings(ORG_NR, only, offset=4, limit=4)
    beyond = await reader.workshops_bookings(ORG_NR, only, offset=8, limit=4)

    assert ids(first.bookings) == [DONE, LAPSED, CONFIRMED_ID, FOREIGN]
    assert ids(second.bookings) == [PENDING, GONE]
    assert ids(beyond.bookings) == []
    assert [page.total for page in (first, second, beyond)] == [6, 6, 6]


async def test_a_group_is_shown_to_the_workshop_that_it_is_at(reader):
    whole = await reader.group(ORG_NR, GROUP, offset=0, limit=9)
    second = await reader.group(ORG_NR, GROUP, offset=1, limit=1)

    assert ids(whole.bookings) == [CONFIRMED_ID, PENDING]
    assert ids(second.bookings) == [PENDING]
    assert (whole.total, second.total) == (2, 2)
    assert (await reader.group(ORG_NR, uuid(99), offset=0, limit=9)).total == 0


async def test_a_change_request_is_found_under_its_own_booking_only(reader):
    found = await reader.change_request(CONFIRMED_ID, NEXT_REQUEST)

    assert found is not None
    assert found.seen == await reader.booking(CONFIRMED_ID)
    assert found.request == found.seen.stored.booking.open_request
    assert await reader.change_request(PENDING, NEXT_REQUEST) is None
    assert await reader.change_request(CONFIRMED_ID, uuid(99)) is None


async def test_a_change_request_is_found_at_its_own_workshop_only(reader):
    found = await reader.workshops_change_request(ORG_NR, REQUEST)

    assert found is not None
    assert found.seen.stored.booking.id == CONFIRMED_ID
    assert found.request.status is RequestStatus.SUPERSEDED
    assert await reader.workshops_change_request(OTHER_ORG_NR, REQUEST) is None


async def test_a_bookings_requests_are_oldest_first_and_paged(reader):
    first = await reader.change_requests(CONFIRMED_ID, after=None, limit=1)
    assert first is not None
    (old,) = first.requests
    rest = await reader.change_requests(CONFIRMED_ID, after=place(old), limit=9)

    assert rest is not None
    assert [old.id, *(request.id for request in rest.requests)] == [
        REQUEST,
        NEXT_REQUEST,
    ]
    assert first.seen.stored.booking.id == CONFIRMED_ID
    assert await reader.change_requests(5, after=None, limit=9) is None


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (frozenset(), [EXPIRED_REQUEST, REQUEST, NEXT_REQUEST]),
        (frozenset(RequestStatus), [EXPIRED_REQUEST, REQUEST, NEXT_REQUEST]),
        ({RequestStatus.PENDING}, [NEXT_REQUEST]),
        ({RequestStatus.COUNTERED}, []),
        ({RequestStatus.EXPIRED}, [EXPIRED_REQUEST]),
        ({RequestStatus.SUPERSEDED, RequestStatus.PENDING}, [REQUEST, NEXT_REQUEST]),
    ],
)
async def test_a_workshops_requests_are_listed_by_what_they_are_now(
    reader, statuses, found
):
    only = OnlyRequests(now=LATE, statuses=frozenset(statuses))

    listed = await reader.workshops_change_requests(ORG_NR, only, after=None, limit=9)

    assert [one.request.id for one in listed] == found


@pytest.mark.parametrize(
    "statuses",
    [frozenset[RequestStatus](), frozenset(RequestStatus)],
    ids=["all", "by status"],
)
async def test_a_workshops_requests_are_oldest_first_and_paged(reader, statuses):
    only = OnlyRequests(now=LATE, statuses=statuses)
    listed: list[UUID] = []
    after: RequestKey | None = None
    while True:
        page = await reader.workshops_change_requests(
            ORG_NR, only, after=after, limit=1
        )
        if not page:
            break
        listed.append(page[0].request.id)
        after = place(page[0].request)

    assert listed == [EXPIRED_REQUEST, REQUEST, NEXT_REQUEST]


async def test_a_request_is_listed_beside_its_own_booking(reader):
    first, *_others = await reader.workshops_change_requests(
        ORG_NR, REQUESTS_NOW, after=None, limit=1
    )

    assert first.seen == await reader.booking(FOREIGN)
    assert first.request == first.seen.stored.booking.open_request


async def test_messages_come_in_order_and_in_pages(reader):
    first = await reader.messages(CONFIRMED_ID, after=0, limit=2)
    assert first is not None
    rest = await reader.messages(
        CONFIRMED_ID, after=first.messages[-1].version, limit=2
    )

    assert rest is not None
    numbered = [(m.version, m.message.id) for m in (*first.messages, *rest.messages)]
    assert numbered == [(3, uuid(81)), (4, uuid(82)), (8, uuid(83))]
    assert first.seen.stored.booking.id == CONFIRMED_ID
    assert await reader.messages(5, after=0, limit=2) is None
    nothing = await reader.messages(PENDING, after=0, limit=2)
    assert nothing is not None
    assert nothing.messages == []


@pytest.mark.parametrize(
    ("after", "limit", "versions"),
    [
        (0, 3, [1, 2, 3]),
        (0, 99, [1, 2, 3, 4, 5, 6, 7, 8]),
        (4, 2, [1, 2, 5, 6]),
        (7, 9, [1, 2, 5, 6, 7, 8]),
        (8, 9, [1, 2, 5, 6, 7]),
    ],
)
async def test_a_history_has_what_its_page_is_folded_onto(
    reader, after, limit, versions
):
    found = await reader.history(CONFIRMED_ID, after=after, limit=limit)

    assert found is not None
    assert [entry.version for entry in found.entries] == versions
    assert await reader.history(5, after=0, limit=1) is None


async def test_a_past_is_both_streams_to_their_ends(reader, url):
    found = await reader.past(CONFIRMED_ID)

    assert found is not None
    with stores.log(url) as log:
        assert found.booking == log.history(f"booking-{CONFIRMED_ID}")
        assert found.workshop == log.history(f"workshop-{ORG_NR}")
    assert await reader.past(5) is None


@pytest.mark.parametrize(
    ("since", "until", "holders"),
    [
        (THURSDAY, THURSDAY + HOUR, [CONFIRMED_ID]),
        (THURSDAY + 75 * MINUTE, THURSDAY + 2 * HOUR, []),
        (THURSDAY + 74 * MINUTE, THURSDAY + 2 * HOUR + MINUTE, [CONFIRMED_ID, FOREIGN]),
        (SATURDAY, SATURDAY + HOUR, [CONFIRMED_ID]),
        (TUESDAY, TUESDAY + HOUR, []),
    ],
)
async def test_what_is_taken_in_a_period_counts_its_buffer(
    reader, since, until, holders
):
    found = await reader.holds(ORG_NR, since=since, until=until)

    assert found is not None
    assert sorted(hold.booking_id for hold in found.holds) == holders
    assert found.workshop == await reader.workshop(ORG_NR)
    assert await reader.holds(5, since=since, until=until) is None


async def test_a_hold_says_when_the_clock_frees_it(reader):
    found = await reader.holds(ORG_NR, since=WEDNESDAY, until=SUNDAY)

    assert found is not None
    frees = {(hold.booking_id, hold.kind): hold.expires_at for hold in found.holds}
    assert frees[LAPSED, HoldKind.SLOT] == WEDNESDAY
    assert frees[CONFIRMED_ID, HoldKind.SLOT] is None
    assert frees[CONFIRMED_ID, HoldKind.HOLD] == THURSDAY


async def test_an_upload_is_found_under_its_own_booking_only(reader):
    found = await reader.upload(CONFIRMED_ID, UPLOAD)

    assert found is not None
    assert found.upload == FILE
    assert found.seen == await reader.booking(CONFIRMED_ID)
    assert await reader.upload(PENDING, UPLOAD) is None
    assert await reader.upload(CONFIRMED_ID, uuid(99)) is None
    assert await reader.uploads(CONFIRMED_ID) == [FILE]
    assert await reader.uploads(PENDING) == []


async def test_a_workshop_is_seen_with_the_end_of_its_stream(reader):
    found = await reader.workshop(ORG_NR)

    assert found is not None
    assert (found.workshop.policy_version, found.head.version) == (2, 2)
    assert await reader.workshop(5) is None


async def test_only_streams_that_went_on_are_looked_through_for_decisions(reader):
    found = [log async for log in reader.decided(ORG_NR, since=TUESDAY)]

    lengths = {len(log): [entry.version for entry in log] for log in found}
    # Done, gone, and the one with requests: without its messages.
    assert lengths == {4: [1, 2, 3, 4], 2: [1, 2], 5: [1, 2, 5, 6, 7]}
    assert [log async for log in reader.decided(ORG_NR, since=SUNDAY)] == []


async def test_reads_that_wait_together_are_one_round(url):
    rounds: list[Asked] = []
    reads = stores.reads(url)

    async def read(asked: Asked) -> Sequence[Rows]:
        rounds.append(asked)
        return await reads.read(asked)

    reader = CoalescingReader(read)
    one_each, lists, _workshop = await asyncio.gather(
        asyncio.gather(*(reader.booking(number) for number in range(1, 200))),
        asyncio.gather(
            reader.bookings(OWNER.id, NOW, after=None, limit=1),
            reader.bookings(OTHER_OWNER.id, NOW, after=None, limit=1),
        ),
        reader.workshop(ORG_NR),
    )
    await reads.close()

    assert [len(asked.statements()) for asked in rounds] == [4]
    assert [seen.stored.booking.id for seen in one_each if seen] == [BOOKING_ID]
    assert [ids(found) for found in lists] == [[GONE], [FOREIGN]]


def place(request: ChangeRequest) -> RequestKey:
    return RequestKey(requested_at=request.requested_at, request_id=request.id)

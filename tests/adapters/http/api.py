"""The whole API on a real store, asked as a client asks, at a time of a test's choice.

One store serves many tests; each has a workshop and an owner of its own.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import anyio
import httpx
import jwt
import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal

from adapters import clock
from adapters.blobs import LocalBlobs
from adapters.http.app import framework
from adapters.http.edge import Edge
from adapters.http.incoming import Incoming
from adapters.http.services import Services
from adapters.vault import AesVault
from application import committer
from application.calls import AnyCall, Call, WorkshopCall
from application.committer import Committer
from domain import commands
from domain.commands import BookingCommand
from domain.identity import Actor, Role
from domain.policy import Policy
from tests import stores
from tests.adapters.http.asking import SECRET, TRUST
from tests.examples import (
    DAY,
    LAST_WEEK,
    MONDAY,
    OPERATOR,
    ORG_NR,
    PLATE,
    POLICY,
    SERVICE,
    STAFF,
    THURSDAY,
    VEHICLE,
)

Body = dict[str, Any]
UPLOAD_LIMIT = 4096


class Ask(msgspec.Struct, kw_only=True):
    """One request. `json` is encoded, `content` is sent as it is."""

    method: str
    path: str
    by: str | None
    json: object = None
    content: bytes | None = None
    headers: Mapping[str, str] = {}


class Api:
    """The API behind its edge; `now` is what its clock shows.

    `limits` are the committer's.
    """

    def __init__(self, url: str, portal: BlockingPortal, **limits: Any) -> None:
        self.now = MONDAY
        self.url = url
        self._portal = portal
        self._limits = limits
        self._vault = AesVault(bytes(32))
        self._drawn = 0

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[None]:
        """Run all of it on the portal's loop."""
        async with AsyncExitStack() as stack:
            self._store = await stack.enter_async_context(stores.storing(self.url))
            reader = await stack.enter_async_context(stores.reading(self.url))
            self.uploads = Path(stack.enter_context(TemporaryDirectory()))
            self.blobs = LocalBlobs(self.uploads)
            services = Services(
                committer=Committer(self._store, self._vault, _die, **self._limits),
                draw_ids=self._store.draw_ids,
                reader=reader,
                incoming=Incoming(self.blobs, UPLOAD_LIMIT),
                vault=self._vault,
                clock=lambda: self.now,
                new_id=clock.new_id,
                trust=TRUST,
            )
            app = framework(services)
            self.given, self.used = services, app.state.services
            await stack.enter_async_context(app.lifespan())
            edge: Any = Edge(app, clock=services.clock, new_id=services.new_id)
            transport = httpx.ASGITransport(edge)
            self._client = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://test")
            )
            yield

    def ask(
        self,
        method: str,
        path: str,
        by: str | None,
        json: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        asked = Ask(
            method=method,
            path=path,
            by=by,
            json=json,
            content=content,
            headers=headers or {},
        )
        return self.ask_at_once(asked)[0]

    def ask_at_once(self, *asked: Ask) -> list[httpx.Response]:
        """Send all requests at the same time; return their answers in order."""
        answers: dict[int, httpx.Response] = {}

        async def one(index: int, ask: Ask) -> None:
            answers[index] = await self._send(ask)

        async def all_of_them() -> None:
            async with anyio.create_task_group() as group:
                for index, ask in enumerate(asked):
                    group.start_soon(one, index, ask)

        self._portal.call(all_of_them)
        return [answers[index] for index in range(len(asked))]

    def stream(
        self, path: str, by: str, content: AsyncIterator[bytes]
    ) -> httpx.Response:
        """Put bytes whose number is not announced."""
        headers = {"authorization": f"Bearer {self.token(by)}"}
        return self._portal.call(
            partial(self._client.put, path, content=content, headers=headers)
        )

    async def _send(self, ask: Ask) -> httpx.Response:
        headers = dict(ask.headers)
        if ask.by is not None:
            headers.setdefault("authorization", f"Bearer {self.token(ask.by)}")
        content = ask.content
        if ask.json is not None:
            content = json.dumps(ask.json).encode()
        if content is not None:
            headers.setdefault("content-type", "application/json")
        raw = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
        return await self._client.request(
            ask.method, ask.path, content=content, headers=raw
        )

    def token(self, sub: str, **claims: Any) -> str:
        exp = int((self.now + DAY).timestamp())
        base = {"sub": sub, "role": "owner", "exp": exp}
        whose = {"iss": TRUST.issuer, "aud": TRUST.audience}
        return jwt.encode(base | whose | claims, SECRET, "HS256")

    def commit(self, *calls: AnyCall) -> None:
        """Commit what others did, and see that it was not refused."""
        outcomes = self._portal.call(committer.commit, self._store, self._vault, calls)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
            assert outcome.answer.refused is None

    def log_length(self) -> int:
        with stores.recording(self.url) as recorder:
            return recorder.max_notification_id() or 0

    def draw(self) -> int:
        """Return a number that no test had before."""
        self._drawn += 1
        return self._drawn

    def draw_booking_id(self, org_nr: int) -> int:
        (booking_id,) = self._portal.call(self._store.draw_ids, org_nr, 1)
        return booking_id


class Shop:
    """A workshop of one test, and its one bay; `owner` is who books there."""

    def __init__(self, api: Api, policy: Policy = POLICY) -> None:
        number = api.draw()
        self.api = api
        self.owner = f"owner-{number}"
        self.org_nr = ORG_NR + number
        self.api.now = MONDAY
        add = commands.AddWorkshop(
            at=LAST_WEEK, by=OPERATOR, org_nr=self.org_nr, name="Shop", policy=policy
        )
        self._change(add)

    def change_policy(self, policy: Policy) -> None:
        self._change(commands.ChangePolicy(at=LAST_WEEK, by=OPERATOR, policy=policy))

    def _change(self, wish: commands.AddWorkshop | commands.ChangePolicy) -> None:
        call = WorkshopCall(
            command_id=clock.new_id(),
            request_id=clock.new_id(),
            at=LAST_WEEK,
            actor=OPERATOR,
            org_nr=self.org_nr,
            wish=wish,
        )
        self.api.commit(call)

    def pending(
        self,
        start: datetime = THURSDAY,
        *,
        owner: str | None = None,
        group_id: UUID | None = None,
    ) -> "Line":
        """Return a booking that was placed last week."""
        line = Line(self, self.api.draw_booking_id(self.org_nr), owner or self.owner)
        by = Actor(role=Role.OWNER, id=line.owner)
        place = commands.Place(
            at=LAST_WEEK,
            by=by,
            booking_id=line.id,
            owner=line.owner,
            org_nr=self.org_nr,
            group_id=group_id or clock.new_id(),
            service_id=SERVICE.id,
            start=start,
            vehicle=VEHICLE,
            personal=PLATE,
        )
        line.happen(by, place)
        return line

    def confirmed(self, start: datetime = THURSDAY) -> "Line":
        line = self.pending(start)
        line.happen(STAFF, commands.Confirm(at=LAST_WEEK, by=STAFF))
        return line

    def cancelled(self, start: datetime = THURSDAY) -> "Line":
        line = self.pending(start)
        by = Actor(role=Role.OWNER, id=line.owner)
        line.happen(
            by,
            commands.Cancel(at=LAST_WEEK, by=by, change_request_id=clock.new_id()),
        )
        return line


class Line:
    """A booking, and what its owner asks of it."""

    def __init__(self, shop: Shop, booking_id: int, owner: str) -> None:
        self.api = shop.api
        self.id = booking_id
        self.owner = owner
        self.path = f"/api/co/bookings/{booking_id}"

    def happen(self, by: Actor, *wishes: BookingCommand) -> None:
        call = Call(
            command_id=clock.new_id(),
            request_id=clock.new_id(),
            at=LAST_WEEK,
            actor=by,
            booking_id=self.id,
            wishes=wishes,
        )
        self.api.commit(call)

    def put(
        self, body: object, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.api.ask("PUT", self.path, self.owner, body, headers=headers)

    def get(self) -> httpx.Response:
        return self.api.ask("GET", self.path, self.owner)

    def data(self) -> Body:
        return dict(self.get().json()["data"])


@contextmanager
def running(url: str, **limits: Any) -> Generator[Api]:
    """Yield the API on a new store at `url`."""
    stores.migrate(url)
    with start_blocking_portal() as portal:
        api = Api(url, portal, **limits)
        with portal.wrap_async_context_manager(api.served()):
            yield api


def move(to: datetime, **beside: Any) -> Body:
    return {"service_start_time": wire(to)} | beside


def cancel(reason: str | None = "Sold the car.", **beside: Any) -> Body:
    why = {} if reason is None else {"cancellation_reason": reason}
    return {"status": "CANCELLED"} | why | beside


def say(text: str = "Hello.", **beside: Any) -> Body:
    return {"message": {"text": text} | beside}


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def codes(answers: Sequence[httpx.Response]) -> list[int]:
    return [answer.status_code for answer in answers]


def _die(error: BaseException) -> None:
    raise error

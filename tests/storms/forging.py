"""A small storm that never was: what was sent, told and stored, all of it in accord.

A test breaks one thing in it, and the judge must say which.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.storms.storm import order
from tests.storms.storm.facts import Fact, Found, Kept, Row
from tests.storms.storm.ledger import Ledger, Sent, Shown, Try
from tests.storms.storm.lives import Life, Lives
from tests.storms.storm.people import ASKING, EASY

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
OWNER, STAFF = "owner-1", f"staff-{ASKING}"
ASKED, MESSAGE, UPLOAD = "request-1", "message-1", "upload-1"


def slot(hour: int, bay: int = 1) -> dict[str, Any]:
    """Return an hour of the next day in a bay."""
    start = NOW + timedelta(days=1, hours=hour)
    return {
        "start": written(start),
        "free_at": written(start + timedelta(hours=1)),
        "bay": bay,
    }


def written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def decided(verdict: str) -> dict[str, Any]:
    return {"verdict": verdict, "evaluated_at": written(NOW)}


class Storm:
    """`ledger`, `facts` and what follows from them; a test may bend each of them."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.facts: list[Fact] = []
        self._lives = Lives()
        self._requests = 0
        self.kept: dict[tuple[str, str], list[Kept]] = {}

    def call(
        self,
        number: int,
        outcome: str,
        *events: tuple[str, Mapping[str, Any]],
        who: str = OWNER,
        status: int = 200,
        **sent: Any,
    ) -> Sent:
        """Let somebody call; `events` are stored, and `outcome` is told."""
        role = who.partition("-")[0]
        request = self.next_request()
        for kind, event in events:
            self.store(number, kind, event, who=who, request=request)
        one = Try(request_id=request, address="here", status=status)
        one.body = self.told(number, outcome, request, changed=sent.pop("changed", []))
        wish = {"method": "PUT", "path": f"/api/co/bookings/{number}", **sent}
        whole = Sent(who=who, role=role, **wish, tries=[one])
        self.ledger.note(whole)
        if whole.key is not None:
            self.kept[who, whole.key] = [Kept(status, request)]
        return whole

    def next_request(self) -> str:
        self._requests += 1
        return f"call-{self._requests}"

    def refuse(self, code: str, status: int = 409, **sent: Any) -> Sent:
        """Let somebody be refused."""
        request = self.next_request()
        body = {"code": code, "request_id": request, "detail": "No."}
        one = Try(request_id=request, address="here", status=status, body=body)
        wish = {"method": "PUT", "path": "/api/co/bookings/123", **sent}
        whole = Sent(who=OWNER, role="owner", **wish, tries=[one])
        self.ledger.note(whole)
        if whole.key is not None:
            self.kept[OWNER, whole.key] = [Kept(status, request)]
        return whole

    def store(
        self,
        number: int,
        kind: str,
        event: Mapping[str, Any],
        *,
        who: str = OWNER,
        request: str = "nobody's",
        at: datetime | None = None,
    ) -> None:
        """Append an event, as it should be."""
        stream = f"booking-{number}"
        before = [fact for fact in self.facts if fact.stream == stream]
        fact = Fact(
            position=len(self.facts) + 1,
            stream=stream,
            version=len(before) + 1,
            role=who.partition("-")[0],
            sub=who,
            request_id=request,
            at=at or NOW + timedelta(seconds=len(self.facts)),
            kind=kind,
            event=event,
            topic=kind,
            prev=order.link(before[-1]) if before else order.first_link(stream),
            state=msgspec.json.encode(event),
        )
        self.facts.append(fact)
        list(self._lives.live(fact))

    def told(
        self, number: int, outcome: str, request: str, *, changed: list[str]
    ) -> dict[str, Any]:
        data = shown(number, self._lives.of[number])
        data["result"] = {"outcome": outcome, "changed": changed}
        if outcome == "change_requested":
            data["result"]["change_request"] = data["pending_change_request"]
        position = f"0:{len(self.facts)}"
        return {"data": data, "meta": {"request_id": request, "position": position}}

    def found(self, **bent: Any) -> Found:
        """Return what is stored, which is as it should be but for what is `bent`."""
        lived = self._lives.of.items()
        chains = {fact.stream: order.link(fact) for fact in self.facts}
        right: dict[str, Any] = {
            "facts": self.facts,
            "bookings": {number: row(life) for number, life in lived},
            "slots": {
                (number, name): held
                for number, life in lived
                for name, held in life.holds.items()
            },
            "kept": self.kept,
            "chains": chains,
            "requests": {
                request: (number, status)
                for number, life in lived
                for request, status in life.requests.items()
            },
            "messages": {
                (number, version): said
                for number, life in lived
                for version, said in life.messages.items()
            },
            "uploads": {
                upload: (number, message)
                for number, life in lived
                for upload, message in life.uploads
            },
            "deadlocks": 0,
        }
        return Found(**right | bent)

    def seen(self) -> list[order.Place]:
        return [(fact.position, fact.stream, fact.version) for fact in self.facts]

    def shown(self, at: datetime = NOW) -> dict[int, Shown]:
        """Return what owners see of their bookings."""
        lived = self._lives.of.items()
        return {number: Shown(at, shown(number, life)) for number, life in lived}


def row(life: Life) -> Row:
    return Row(life.owner, life.status, life.start, life.revision, life.version)


def shown(number: int, life: Life) -> dict[str, Any]:
    request = None if life.request is None else {"id": life.request.id}
    return {
        "id": number,
        "status": life.status,
        "service_start_time": written(life.start),
        "revision": life.revision,
        "pending_change_request": request,
    }


def placed(org_nr: int, hour: int) -> tuple[str, dict[str, Any]]:
    event = {"org_nr": org_nr, "owner": OWNER, "slot": slot(hour)}
    return "booking.placed", event


def asked(hour: int) -> tuple[str, dict[str, Any]]:
    event = {
        "change_request_id": ASKED,
        "kind": "RESCHEDULE",
        "target": slot(hour),
        "expires_at": written(NOW + timedelta(hours=1)),
        "decision": decided("REQUEST"),
    }
    return "booking.change_requested", event


def rejected() -> tuple[str, dict[str, Any]]:
    return "booking.change_rejected", {"change_request_id": ASKED}


def said() -> tuple[str, dict[str, Any]]:
    event = {
        "message_id": MESSAGE,
        "client_message_id": "name-1",
        "attachments": [{"upload_id": UPLOAD}],
    }
    return "booking.message_appended", event


def storm() -> Storm:
    """Return one in which all is well: one asks, one moves, and one is refused."""
    it = Storm()
    it.call(123, "placed", placed(ASKING, 1), status=201, key="place")
    it.call(123, "confirmed", ("booking.confirmed", {}), who=STAFF)
    it.call(
        123,
        "change_requested",
        asked(3),
        said(),
        status=202,
        key="ask",
        body={"service_start_time": slot(3)["start"], "message": {"text": "Please."}},
        changed=["message", "attachments"],
    )
    it.call(123, "rejected", rejected(), who=STAFF, key="reject")
    it.call(124, "placed", placed(EASY, 1), status=201)
    moved = {"slot": slot(2), "decision": decided("ALLOW")}
    it.call(124, "rescheduled", ("booking.rescheduled", moved), key="move")
    it.call(124, "unchanged")
    it.refuse("slot_taken", key="taken")
    it.refuse("precondition_failed", 412)
    return it

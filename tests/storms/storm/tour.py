"""A walk past every refusal and every outcome, so that each of them comes in a storm.

Its bookings have a day of their own: nobody else takes their slots.
"""

import itertools
import random
import threading
from datetime import timedelta
from typing import Any

from adapters import clock
from tests import files
from tests.storms.storm.ledger import Ledger, Sent, Try
from tests.storms.storm.people import ASKING, EASY, STRICT, Person, Plan
from tests.storms.storm.sending import Client

SLOTS = 20 * 24  # hours that are its own


class Tour:
    def __init__(
        self,
        client: Client,
        plan: Plan,
        ledger: Ledger,
        over: threading.Event,
        seed: str,
    ) -> None:
        self._client, self._plan, self._ledger = client, plan, ledger
        self._over = over
        self._chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
        self._hour = 0
        self._missed = itertools.cycle(plan.past)

    def go_round(self) -> None:
        """Go by each of them once, in some order, unless all is over."""
        walks = (
            self._strict,
            self._asking,
            self._countered,
            self._too_many,
            self._attaching,
            self._wrongly,
            self._weeks_later,
        )
        for walk in self._chance.sample(walks, len(walks)):
            if self._over.is_set():
                return
            walk(self._plan.guide)

    def _strict(self, owner: Person) -> None:
        """Walk past what a strict workshop refuses, and a booking's whole life."""
        number = self._placed(owner, STRICT)
        self._work(STRICT, f"complete/{number}")
        self._work(STRICT, f"confirm/{number}")
        self._put(owner, number, {"status": "CANCELLED"})
        self._put(owner, number, {"service_start_time": self._start()})
        for status in ("NO_SHOW", "IN_PROGRESS"):
            self._work(STRICT, "status", {"id": number, "status": status})
        self._put(owner, number, {"service_start_time": self._start()})
        self._work(STRICT, f"complete/{number}")
        self._put(owner, number, {"service_start_time": self._start()})

    def _asking(self, owner: Person) -> None:
        """Let requests be rejected, withdrawn and approved."""
        number = self._placed(owner, ASKING)
        self._work(ASKING, f"confirm/{number}")
        self._work(ASKING, f"complete/{number}")
        self._work(ASKING, "status", {"id": number, "mark": "PARTS_ORDERED"})
        for decision in ("reject", "approve"):
            request = self._asked(owner, number)
            self._answer(owner, number, request, "accept")
            self._decide(request, decision, note="It is so.")
            self._decide(request, "approve")
        request = self._asked(owner, number)
        self._call(owner, "POST", f"{_requests(number)}/{request}/withdraw")

    def _countered(self, owner: Person) -> None:
        """Let requests be countered, and the counters be answered."""
        number = self._placed(owner, ASKING)
        for answer in ("decline", "accept"):
            request = self._asked(owner, number)
            self._decide(request, "counter", proposed_start_time=self._start())
            self._decide(request, "approve")
            self._answer(owner, number, request, answer)
        wrong = {"service_start_time": self._start(), "status": "CANCELLED"}
        self._put(owner, number, wrong)
        self._put(owner, number, {"attachments": [{"upload_id": _new()}]})
        self._put(owner, number, {"message": {"text": "Bye."}, "status": "CANCELLED"})

    def _too_many(self, owner: Person) -> None:
        for more in ({"service_id": 7}, {"group_id": _new()}):
            self._place(owner, EASY, **more)
        placed = [self._place(owner, EASY) for _number in range(4)]
        for one in placed:
            if one.data is not None:
                self._put(owner, one.data["id"], {"status": "CANCELLED"})

    def _attaching(self, owner: Person) -> None:
        """Send files, say something with them, and use one of them again."""
        number = self._placed(owner, EASY)
        first, second = self._sent(owner, number), self._sent(owner, number)
        for uploads in ([first], [first], [first, second], [second]):
            attached = [{"upload_id": upload} for upload in uploads]
            body = {"attachments": attached, "message": {"text": "See."}}
            self._put(owner, number, body)
        self._put(owner, number, {"status": "CANCELLED"})

    def _sent(self, owner: Person, number: int) -> str:
        """Return the id of a file whose bytes are there."""
        path = f"/api/co/bookings/{number}/uploads"
        told = self._call(owner, "POST", path, {"size": len(files.PNG)}).data
        upload = NO_REQUEST if told is None else str(told["id"])
        self._call(
            owner,
            "PUT",
            f"{path}/{upload}",
            files.PNG,
            content_type="application/octet-stream",
        )
        return upload

    def _wrongly(self, owner: Person) -> None:
        """Ask for a counter of a cancel, and for what no route, body or header is."""
        number = self._placed(owner, ASKING)
        self._work(ASKING, f"confirm/{number}")
        request = self._put(owner, number, {"status": "CANCELLED"}).result
        asked = (request.get("change_request") or {}).get("id", NO_REQUEST)
        self._decide(asked, "counter", proposed_start_time=self._start())
        self._decide(asked, "approve")
        path = f"/api/co/bookings/{number}"
        self._put(owner, number, {"status": 7, "more": None})
        self._call(owner, "PUT", path, {}, content_type="text/plain")
        self._call(owner, "PUT", path, {}, if_match="7")
        self._call(owner, "DELETE", path)
        nobody = Person(owner.sub, owner.role, None, owner.token[:-4])
        self._put(nobody, number, {"message": {"text": "Hello."}})
        stale = {"service_start_time": self._start()}
        self._call(owner, "PUT", path, stale, if_match='"0"')
        for body in ("{", LONG):
            self._call(owner, "PUT", path, body)
        self._call(owner, "POST", f"{path}/uploads", {"size": TOO_LARGE})
        self._put(owner, NOBODYS, stale)
        self._put(owner, number, {"service_start_time": "2020-01-01T10:00:00Z"})
        desk = f"/api/ws/bookings/{number}"
        self._call(self._plan.staff[ASKING], "PUT", desk, stale)
        once = {"key": f"tour-{_new()}"}
        for text in ("Hello.", "Hello again."):
            self._call(owner, "PUT", path, {"message": {"text": text}}, **once)

    def _weeks_later(self, owner: Person) -> None:
        """Speak where nobody listens any more, and note that nobody came then."""
        number = next(self._missed)
        words = {"message": {"text": "Sorry."}}
        for more in ({}, {"status": "CANCELLED"}):
            self._put(owner, number, words | more)
        path = f"/api/co/bookings/{number}/uploads"
        self._call(owner, "POST", path, {"size": len(files.PNG)})
        self._work(STRICT, f"message/{number}", {"text": "Where were you?"})
        self._work(STRICT, "status", {"id": number, "status": "NO_SHOW"})

    def _placed(self, owner: Person, org_nr: int) -> int:
        """Return the id of a booking that is placed now."""
        one = self._place(owner, org_nr)
        return NOBODYS if one.data is None else int(one.data["id"])

    def _place(self, owner: Person, org_nr: int, **more: Any) -> Try:
        body = {
            "org_nr": org_nr,
            "service_id": 1,
            "service_start_time": self._start(),
            "vehicle": {"plate": "AB12345"},
        }
        return self._call(owner, "POST", "/api/co/bookings", body | more)

    def _put(self, owner: Person, number: int, body: Any) -> Try:
        return self._call(owner, "PUT", f"/api/co/bookings/{number}", body)

    def _asked(self, owner: Person, number: int) -> str:
        """Return the id of the request that a move becomes."""
        one = self._put(owner, number, {"service_start_time": self._start()})
        request = one.result.get("change_request")
        return NO_REQUEST if request is None else str(request["id"])

    def _decide(self, request: str, decision: str, **more: Any) -> Try:
        path = f"/api/ws/bookings/change-requests/{request}/decision"
        body = {"decision": decision} | more
        return self._call(self._plan.staff[ASKING], "POST", path, body)

    def _answer(self, owner: Person, number: int, request: str, decision: str) -> Try:
        path = f"{_requests(number)}/{request}/decision"
        return self._call(owner, "POST", path, {"decision": decision})

    def _work(self, org_nr: int, step: str, body: Any = None) -> Try:
        return self._call(
            self._plan.staff[org_nr], "POST", f"/api/ws/bookings/{step}", body
        )

    def _call(
        self, person: Person, method: str, path: str, body: Any = None, **more: Any
    ) -> Try:
        key = more.pop("key", f"tour-{_new()}")
        sent = Sent(
            who=person.sub,
            role=person.role,
            method=method,
            path=path,
            body=body,
            key=key,
            **more,
        )
        self._ledger.note(sent)
        return self._client.insist(sent, person.token, self._over)

    def _start(self) -> str:
        """Return a start that nobody had yet, nor wants."""
        self._hour = self._hour % SLOTS + 1
        at = self._plan.day + timedelta(days=2, hours=self._hour)
        return at.isoformat().replace("+00:00", "Z")


# More than is taken of any body, and of any file.
LONG, TOO_LARGE = "{" + " " * 2**19 + "}", 2**30
NOBODYS = 999_999_999
NO_REQUEST = "00000000-0000-4000-8000-000000000000"


def _requests(number: int) -> str:
    return f"/api/co/bookings/{number}/change-requests"


def _new() -> str:
    return str(clock.new_id())

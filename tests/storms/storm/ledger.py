"""What everybody sent and what they were told: the only witness beside the log.

A call whose answer was lost, or was 5xx, is of unknown outcome: it happened wholly, or
not at all.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

# A run in which one of these never came does not count.
KINDS = frozenset(
    {
        "booking_closed",
        "booking_in_progress",
        "conflicting_actions",
        "forbidden",
        "group_unknown",
        "idempotency_key_reused",
        "invalid_body",
        "invalid_parameter",
        "malformed",
        "method_not_allowed",
        "not_confirmed",
        "not_counterable",
        "not_countered",
        "not_found",
        "not_started",
        "policy_denied",
        "precondition_failed",
        "rate_limited",
        "reason_required",
        "request_closed",
        "request_countered",
        "service_unknown",
        "slot_taken",
        "slot_unbookable",
        "thread_closed",
        "too_early",
        "too_large",
        "too_many_open",
        "unauthorized",
        "unavailable",
        "unsupported_media_type",
        "upload_unusable",
    }
)
OUTCOMES = frozenset(
    {
        "accepted",
        "approved",
        "cancelled",
        "change_requested",
        "completed",
        "confirmed",
        "countered",
        "declined",
        "in_progress",
        "marked",
        "message_appended",
        "no_show",
        "placed",
        "rejected",
        "rescheduled",
        "unchanged",
        "withdrawn",
    }
)
# What a key is kept for.
KEPT = frozenset({200, 201, 202, 409})


class Try(msgspec.Struct, kw_only=True):
    """One request on the wire. `status` is None when no answer came."""

    request_id: str
    address: str
    status: int | None = None
    body: dict[str, Any] | None = None
    etag: str | None = None

    @property
    def is_answered(self) -> bool:
        return self.status is not None and self.status not in {429, 500, 503}

    @property
    def is_done(self) -> bool:
        """Whether it is told to have happened, by itself."""
        return self.status in {200, 201, 202} and not self.is_replay

    @property
    def is_replay(self) -> bool:
        """Whether the answer is that of an earlier one with the same key."""
        if self.body is None:
            return False
        told = self.body.get("meta", self.body)
        return bool(told.get("idempotent_replay"))

    @property
    def code(self) -> str | None:
        return None if self.body is None else self.body.get("code")

    @property
    def data(self) -> Any:
        return None if self.body is None else self.body.get("data")

    @property
    def reached(self) -> tuple[int, int]:
        """Return revision and position of the booking that is told of, if one is."""
        if self.body is None or not isinstance(self.data, dict):
            return 0, 0
        place = str(self.body["meta"]["position"]).rpartition(":")[2]
        return self.data["revision"], int(place)

    @property
    def first(self) -> tuple[int | None, str | None, Any, str | None]:
        """Return what a replay must say as the first answer did, byte for byte."""
        told = {} if self.body is None else self.body.get("meta", self.body)
        said = self.data if self.code is None else self.body
        return self.status, told.get("request_id"), _plain(said), self.etag

    @property
    def result(self) -> dict[str, Any]:
        data = self.data
        return data.get("result") or {} if isinstance(data, dict) else {}


def _plain(said: Any) -> Any:
    """Return `said` without what marks a problem as a replay."""
    if not isinstance(said, dict):
        return said
    return {name: said[name] for name in said if name != "idempotent_replay"}


class Sent(msgspec.Struct, kw_only=True):
    """One wish: it may be tried many times, which are one when it has a key."""

    who: str
    role: str
    method: str
    path: str
    body: Any = None
    key: str | None = None
    if_match: str | None = None
    content_type: str = "application/json"
    booking_id: int | None = None
    is_dry: bool = False
    tries: list[Try] = []

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def is_noted(self) -> bool:
        """Whether the log tells of it when it is done: of files it does not."""
        return self.is_write and not self.is_dry and "/uploads" not in self.path

    @property
    def answers(self) -> Iterator[Try]:
        return (one for one in self.tries if one.is_answered)


class Shown(msgspec.Struct, frozen=True):
    """What an owner was shown of a booking in the end, and when."""

    at: datetime
    data: Mapping[str, Any] | None


class Ledger:
    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def note(self, sent: Sent) -> None:
        with self._lock:
            self.sent.append(sent)

    def blame(self, what: str) -> None:
        """Note what is wrong at once, whatever the log says."""
        with self._lock:
            self.wrong.append(what)

    def keyed(self) -> list[Sent]:
        """Return the writes that have a key, for whoever comes late with one."""
        with self._lock:
            return [one for one in self.sent if one.key is not None]

    def refusals(self) -> Counter[str]:
        return Counter(one.code for one in self._tries() if one.code is not None)

    def outcomes(self) -> Counter[str]:
        found = (one.result.get("outcome") for one in self._tries())
        return Counter(outcome for outcome in found if outcome is not None)

    def unanswered(self) -> int:
        return sum(one.status is None for one in self._tries())

    def replays(self) -> int:
        return sum(one.is_replay for one in self._tries())

    def _tries(self) -> Iterator[Try]:
        for sent in self.sent:
            yield from sent.tries


def name(sent: Sent, one: Try) -> str:
    return f"{sent.who}'s {sent.method} {sent.path} ({one.request_id})"

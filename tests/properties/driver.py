"""Two stores and the model, told the same: calls are named, made, sent, compared."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine

from application import calls, placing
from application.answers import Answered
from application.calls import (
    AnyCall,
    Call,
    EraseCall,
    Forbidden,
    KeyReused,
    NotFound,
    PreconditionFailed,
    UploadCall,
)
from application.committer import commit
from application.stored import Upload, UploadStatus
from domain import clock, commands
from domain.changes import ChangeRequest
from domain.identity import Actor, Role, slice_of
from domain.thread import Message
from tests.properties import harness, naming, seeing, sending
from tests.properties.model import Model
from tests.properties.naming import ORGS
from tests.properties.records import Placing, Told
from tests.properties.sending import Drawn
from tests.properties.terms import instant, minutes

START = datetime(2026, 12, 14, 7, tzinfo=UTC)
MOST_BOOKINGS = 7
SYSTEM = Actor(role=Role.SYSTEM, id="tests")
FAILURES = {
    NotFound: Told(404, code="not_found"),
    Forbidden: Told(403, code="forbidden"),
    PreconditionFailed: Told(412, code="precondition_failed"),
    KeyReused: Told(422, code="idempotency_key_reused"),
}


def told(outcome: Answered | Exception | None) -> Told:
    """Return what a client is told by `outcome`."""
    if isinstance(outcome, Exception):
        assert type(outcome) in FAILURES, repr(outcome.__cause__ or outcome)
        return FAILURES[type(outcome)]
    assert isinstance(outcome, Answered)
    answer = outcome.answer
    if answer.refused is not None:
        return Told(answer.status, code=answer.refused.code)
    shown, result = answer.shown, answer.result
    if shown is None or result is None:
        return Told(answer.status)
    request, message = result.change_request, result.message
    return Told(
        answer.status,
        outcome=result.outcome.value,
        # A new booking has taken its whole body.
        changed=() if answer.status == 201 else result.changed,
        request=stored(request, result.unstored),
        request_status=None if request is None else request.status.value,
        message=stored(message, result.unstored),
        verdict=None if result.decision is None else result.decision.verdict.value,
        revision=shown.booking.revision,
    )


def stored(
    made: ChangeRequest | Message | None, unstored: Sequence[UUID]
) -> str | None:
    """Return the id, unless a dry run only drew it."""
    return None if made is None or made.id in unstored else str(made.id)


class Telling(RuleBasedStateMachine):
    """What is told to the model is committed to both stores."""

    stores: harness.Stores

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.runner.run(self.stores.open())
        self.model = Model()
        self.now = minutes(START)
        self.ids = count(1)
        self.numbers: dict[int, int] = dict.fromkeys(ORGS, 0)
        # What was shown of each booking when a minute was over.
        self.shown_at: dict[int, dict[int, Any]] = {}

    def shown(self, opened: harness.Opened) -> list[Any]:
        return self.runner.run(opened.shown(self.numbered, instant(self.now)))

    @property
    def numbered(self) -> list[int]:
        return list(self.model.bookings)

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    # ---- to the stores

    def commit(self, batch: Sequence[AnyCall]) -> list[Answered | Exception | None]:
        """Commit to both stores, which must answer the same; return the answers."""
        first, second = (
            self.runner.run(commit(opened.store, opened.vault, batch))
            for opened in self.opened
        )
        assert list(map(seeing.plain, first)) == list(map(seeing.plain, second))
        return list(first)

    def change_workshop(
        self, org_nr: int, wish: commands.AddWorkshop | commands.ChangePolicy
    ) -> None:
        (outcome,) = self.commit(
            [
                calls.WorkshopCall(
                    command_id=self.new_id(),
                    request_id=self.new_id(),
                    at=instant(self.now),
                    actor=SYSTEM,
                    org_nr=org_nr,
                    wish=wish,
                )
            ]
        )
        assert isinstance(outcome, Answered)
        assert outcome.answer.refused is None

    def erased(self, owner: str) -> None:
        call = EraseCall(
            command_id=self.new_id(),
            request_id=self.new_id(),
            at=instant(self.now),
            actor=SYSTEM,
            owner=owner,
        )
        (outcome,) = self.commit([call])
        assert told(outcome) == Told(200)

    def make(self, drawn: Drawn) -> tuple[Call, Told]:
        """Return the call that was drawn, and what the model says of it."""
        sent = naming.sent(self.model, drawn, self.now)
        made = sending.call(sent, self.new_id, self.new_id())
        sent = replace(
            sent,
            new_request=harness.request_id_in(made.wishes),
            new_message=harness.message_id_in(made.wishes),
        )
        return made, self.model.answer(sent)

    def send(self, *drawn: Drawn) -> None:
        """Send calls that meet in one batch."""
        made = [self.make(one) for one in drawn]
        outcomes = self.commit([call for call, _told in made])
        assert list(map(told, outcomes)) == [expected for _call, expected in made]

    def at(self, wished: tuple[int, int]) -> int:
        return naming.at(self.model, wished, self.now)

    def next_number(self, org_nr: int) -> int:
        number = self.numbers[org_nr] * 1024 + slice_of(org_nr)
        self.numbers[org_nr] += 1
        return number

    def place_one(self, wanted: Placing) -> None:
        by = Actor(role=sending.ROLES[wanted.role], id=wanted.who)
        body = sending.placing_body(wanted)
        parse = placing.parse if wanted.role == "owner" else placing.parse_workshops
        wishes = placing.wishes(
            parse(body), wanted.number, instant(self.now), by, self.new_id
        )
        wanted = replace(
            wanted,
            new_group=harness.group_id_in(wishes),
            new_message=harness.message_id_in(wishes),
        )
        call = sending.placing_call(wanted, body, by, wishes, self.new_id)
        (outcome,) = self.commit([call])
        assert told(outcome) == self.model.place(wanted)

    def give_bytes(self, upload_id: UUID, number: int, who: str) -> None:
        expected = self.model.send_bytes(str(upload_id), number, who, self.now)
        self.upload(upload_id, number, who, expected, is_new=False)

    def upload(
        self, upload_id: UUID, number: int, who: str, expected: Told, *, is_new: bool
    ) -> None:
        hashed = None if is_new else bytes(32)
        at = instant(self.now)
        upload = Upload(
            id=upload_id,
            booking_id=number,
            owner=who,
            name="photo.jpg",
            size=1234,
            sha256=None,
            content_type=None if is_new else "image/jpeg",
            stored_sha256=hashed,
            status=UploadStatus.CREATED if is_new else UploadStatus.COMPLETE,
            message_id=None,
            created_at=at,
        )
        (outcome,) = self.commit(
            [
                UploadCall(
                    command_id=self.new_id(),
                    request_id=self.new_id(),
                    at=at,
                    actor=Actor(role=Role.OWNER, id=who),
                    booking_id=number,
                    owner=who,
                    upload=upload,
                    is_new=is_new,
                )
            ]
        )
        assert told(outcome) == expected

    def swept(self, opened: harness.Opened) -> None:
        """Write the facts of the clock that one of the stores finds due."""
        due = self.runner.run(opened.due(instant(self.now)))
        batch = [
            Call(
                command_id=self.new_id(),
                request_id=self.new_id(),
                at=instant(self.now),
                actor=clock.CLOCK,
                booking_id=number,
            )
            for number in due
        ]
        outcomes = self.runner.run(commit(opened.store, opened.vault, batch))
        assert [told(one).outcome for one in outcomes] == ["unchanged"] * len(due)
        assert self.runner.run(opened.due(instant(self.now))) == []

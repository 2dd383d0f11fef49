"""SQLite, PostgreSQL and an independent model, through the same random histories."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application import calls, intent
from application.answers import Answered
from application.calls import AnyCall, Call, KeyReused, NotFound, PreconditionFailed
from application.committer import commit
from domain import commands
from domain.events import Vehicle
from domain.identity import Actor, Role, slice_of
from domain.personal import Plate
from domain.policy import (
    Effect,
    Notice,
    Policy,
    RequestTerms,
    Rules,
    Service,
    TargetWindow,
)
from tests.properties import harness
from tests.properties.model import DAY, HOUR, Model, Terms, Told, instant, minutes

START = datetime(2026, 12, 14, 7, tzinfo=UTC)
ORGS = (313001083, 313001084)
OWNERS = ("anna", "bjarne")
MOST_BOOKINGS = 6
SYSTEM = Actor(role=Role.SYSTEM, id="tests")
STAFF = Actor(role=Role.STAFF, id="staff")
FAILURES = {
    NotFound: Told(404, code="not_found"),
    PreconditionFailed: Told(412, code="precondition_failed"),
    KeyReused: Told(422, code="idempotency_key_reused"),
}

terms = st.builds(
    Terms,
    bays=st.integers(1, 2),
    minutes=st.sampled_from([30, 60, 120]),
    buffer=st.sampled_from([0, 15]),
    move_notice=st.sampled_from([0, 24, 48]),
    move_effect=st.sampled_from(["REQUEST", "REQUEST", "DENY"]),
    cancel_notice=st.sampled_from([0, 24]),
    cancel_effect=st.sampled_from(["REQUEST", "REQUEST", "DENY"]),
    ttl=st.sampled_from([1, 48]),
    lead=st.sampled_from([0, 120]),
)
# Days from today on and times from 08:00 on: few, so that wishes meet each other.
starts = st.tuples(
    st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5, 91]),
    st.sampled_from([*range(0, 480, 60), *range(0, 480, 60), 15, 30, 485, 55, -15]),
)
client_ids = st.sampled_from([None, str(UUID(int=901)), str(UUID(int=902))])
messages = st.builds(
    lambda text, name: {"text": text} | ({"client_message_id": name} if name else {}),
    st.sampled_from(["Hello", "Can it be sooner?"]),
    client_ids,
)
FILES = [{"upload_id": str(UUID(int=903))}]


def with_talk(action: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda act, text, files: (
            act
            | ({"message": text} if text else {})
            | ({"attachments": files} if files else {})
        ),
        action,
        st.none() | messages,
        st.sampled_from([None] * 9 + [FILES]),
    ).filter(bool)


wishes = with_talk(
    st.builds(lambda wished: {"service_start_time": wished}, starts)
    | st.builds(lambda wished: {"service_start_time": wished}, starts)
    | st.just({"status": "CANCELLED"})
    | st.just({"status": "CANCELLED", "cancellation_reason": "Sold"})
    | st.just({})
)
puts = st.fixed_dictionaries(
    {
        "which": st.integers(0, 50),
        "owner": st.sampled_from(["owner"] * 9 + ["other"]),
        "body": wishes,
        "if_match": st.sampled_from(
            [None] * 8 + [("*",), ("1", '"1"'), ('"2"',), ('W/"1"',)]
        ),
        "key": st.sampled_from([None] * 6 + ["first", "second"]),
    }
)


def policy_of(wanted: Terms) -> Policy:
    return Policy(
        time_zone="Europe/Oslo",
        bays=wanted.bays,
        services=(
            Service(id=1, name="Service", minutes=wanted.minutes, buffer=wanted.buffer),
        ),
        holidays=(wanted.holiday,),
        rules=Rules(
            reschedule_notice=Notice(
                hours=wanted.move_notice, effect=Effect(wanted.move_effect)
            ),
            cancel_notice=Notice(
                hours=wanted.cancel_notice, effect=Effect(wanted.cancel_effect)
            ),
            target_window=TargetWindow(
                lead_minutes=wanted.lead,
                horizon_days=wanted.horizon,
                grid_minutes=wanted.grid,
            ),
            change_request=RequestTerms(ttl_hours=wanted.ttl),
        ),
    )


def wire(body: dict[str, Any]) -> bytes:
    """Return the body as a client sends it."""
    sent = dict(body)
    if "service_start_time" in sent:
        sent["service_start_time"] = instant(sent["service_start_time"])
    return msgspec.json.encode(sent)


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
    assert shown is not None
    assert result is not None
    request, message = result.change_request, result.message
    return Told(
        answer.status,
        outcome=result.outcome.value,
        changed=result.changed,
        request=None if request is None else str(request.id),
        message=None if message is None else str(message.id),
        verdict=None if result.decision is None else result.decision.verdict.value,
        revision=shown.booking.revision,
    )


class ThreeReadings(RuleBasedStateMachine):
    """Every rule is told to the model and committed to both stores."""

    stores: harness.Stores

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.runner.run(self.stores.open())
        self.model = Model()
        self.now = minutes(START)
        self.ids = count(1)
        self.numbers: dict[int, int] = dict.fromkeys(ORGS, 0)

    def teardown(self) -> None:
        try:
            self._look_back()
        finally:
            for opened in self.opened:
                self.runner.run(opened.close())
            self.runner.close()

    def _look_back(self) -> None:
        """Hold replay, verify and rebuild against what was told along the way."""
        first, second = self.opened
        for number, booked in self.model.bookings.items():
            trail = first.replayed(number)
            assert trail == second.replayed(number)
            assert harness.facts(trail[-1]) == harness.expected_facts(booked)
        for opened in self.opened:
            before = self._shown(opened)
            assert opened.verify() == ()
            opened.rebuild()
            assert opened.verify() == ()
            assert self._shown(opened) == before

    def _shown(self, opened: harness.Opened) -> list[Any]:
        now = instant(self.now)
        return [self.runner.run(opened.data(number, now)) for number in self._all]

    @property
    def _all(self) -> list[int]:
        return list(self.model.bookings)

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    def commit(self, batch: list[AnyCall]) -> list[Answered | Exception | None]:
        """Commit to both stores, which must answer the same; return the answers."""
        first, second = (
            self.runner.run(commit(opened.store, opened.vault, batch))
            for opened in self.opened
        )
        assert list(map(harness.plain, first)) == list(map(harness.plain, second))
        return list(first)

    def change_workshop(
        self, org_nr: int, wish: commands.AddWorkshop | commands.ChangePolicy
    ) -> None:
        outcomes = self.commit(
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
        assert outcomes == [None]

    def call(self, number: int, actor: Actor, wish: commands.BookingCommand) -> Call:
        return Call(
            command_id=self.new_id(),
            request_id=self.new_id(),
            at=instant(self.now),
            actor=actor,
            booking_id=number,
            wishes=(wish,),
        )

    @initialize(
        first=terms,
        second=terms,
        booked=st.lists(st.tuples(starts, st.booleans()), min_size=3, max_size=5),
    )
    def begin(
        self,
        first: Terms,
        second: Terms,
        booked: list[tuple[tuple[int, int], bool]],
    ) -> None:
        self.add_workshops(first, second)
        for (wished, confirmed), owner, org_nr in zip(
            booked, cycle(OWNERS), cycle(ORGS[:1] * 3 + ORGS[1:]), strict=False
        ):
            self._place(owner, org_nr, wished, confirmed)

    def add_workshops(self, first: Terms, second: Terms) -> None:
        for org_nr, wanted in zip(ORGS, (first, second), strict=True):
            self.model.add_workshop(org_nr, wanted)
            self.change_workshop(
                org_nr,
                commands.AddWorkshop(
                    at=instant(self.now),
                    by=SYSTEM,
                    org_nr=org_nr,
                    name=f"Workshop {org_nr}",
                    policy=policy_of(wanted),
                ),
            )

    def at(self, wished: tuple[int, int]) -> int:
        """Return the wished minute, counted from today and 07:00 UTC."""
        day, minute = wished
        today = self.now - self.now % DAY
        return today + day * DAY + 7 * HOUR + minute

    @rule(org_nr=st.sampled_from(ORGS), wanted=terms)
    def change_policy(self, org_nr: int, wanted: Terms) -> None:
        self.model.change_policy(org_nr, wanted)
        self.change_workshop(
            org_nr,
            commands.ChangePolicy(
                at=instant(self.now), by=SYSTEM, policy=policy_of(wanted)
            ),
        )

    @precondition(lambda self: len(self.model.bookings) < MOST_BOOKINGS)
    @rule(
        owner=st.sampled_from(OWNERS),
        org_nr=st.sampled_from(ORGS),
        wished=starts,
        confirmed=st.booleans(),
    )
    def place(
        self, owner: str, org_nr: int, wished: tuple[int, int], confirmed: bool
    ) -> None:
        self._place(owner, org_nr, wished, confirmed)

    def _place(
        self, owner: str, org_nr: int, wished: tuple[int, int], confirmed: bool
    ) -> None:
        start = self.at(wished)
        number = self.numbers[org_nr] * 1024 + slice_of(org_nr)
        self.numbers[org_nr] += 1
        expected = self.model.place(number, owner, org_nr, start, self.now)
        actor = Actor(role=Role.OWNER, id=owner)
        wish = commands.Place(
            at=instant(self.now),
            by=actor,
            booking_id=number,
            owner=owner,
            org_nr=org_nr,
            group_id=self.new_id(),
            service_id=1,
            start=instant(start),
            vehicle=Vehicle(make="Volvo"),
            personal=Plate(plate="AB 12345"),
        )
        (outcome,) = self.commit([self.call(number, actor, wish)])
        assert told(outcome) == expected
        if confirmed and number in self.model.bookings:
            self._confirm(number)

    @precondition(lambda self: self.model.bookings)
    @rule(which=st.integers(0, 50))
    def confirm(self, which: int) -> None:
        self._confirm(self._all[which % len(self._all)])

    def _confirm(self, number: int) -> None:
        expected = self.model.confirm(number)
        wish = commands.Confirm(at=instant(self.now), by=STAFF)
        (outcome,) = self.commit([self.call(number, STAFF, wish)])
        assert told(outcome) == expected

    @precondition(lambda self: self.model.bookings)
    @rule(wanted=st.lists(puts, min_size=1, max_size=4))
    def put(self, wanted: list[dict[str, Any]]) -> None:
        """Send one PUT, or several that meet in one batch."""
        self._send(wanted)

    @precondition(lambda self: self.model.bookings)
    @rule(wanted=puts)
    def put_one(self, wanted: dict[str, Any]) -> None:
        self._send([wanted])

    @precondition(lambda self: self.model.bookings)
    @rule(wanted=puts)
    def put_twice(self, wanted: dict[str, Any]) -> None:
        self._send([wanted])
        self._send([wanted])

    def _send(self, wanted: list[dict[str, Any]]) -> None:
        batch, expected = [], []
        for one in wanted:
            call, told_by_model = self._put(**one)
            batch.append(call)
            expected.append(told_by_model)
        assert list(map(told, self.commit(batch))) == expected

    def _put(
        self,
        which: int,
        owner: str,
        body: dict[str, Any],
        if_match: tuple[str, ...] | None,
        key: str | None,
    ) -> tuple[AnyCall, Told]:
        number = self._all[which % len(self._all)]
        sub = self.model.bookings[number].owner
        if owner == "other":
            sub = next(name for name in OWNERS if name != sub)
        drawn: list[UUID] = []

        def draw() -> UUID:
            drawn.append(self.new_id())
            return drawn[-1]

        if "service_start_time" in body:
            body = body | {"service_start_time": self.at(body["service_start_time"])}
        sent = wire(body)
        call = calls.owner_changes(
            number,
            intent.parse(msgspec.json.decode(sent)),
            owner=Actor(role=Role.OWNER, id=sub),
            at=instant(self.now),
            request_id=self.new_id(),
            new_id=draw,
            if_match=if_match,
            key=None if key is None else calls.Key(key=key, fingerprint=sent),
        )
        expected = self.model.put(
            sub,
            number,
            body,
            self.now,
            new_request=harness.request_id_in(call.wishes),
            new_message=harness.message_id_in(call.wishes),
            if_match=if_match,
            key=key,
        )
        return call, expected

    @rule(
        passing=st.sampled_from([1, 15, 60, 60, 60, 12 * HOUR, DAY, DAY, DAY, 40 * DAY])
    )
    def wait(self, passing: int) -> None:
        self.now += passing

    @invariant()
    def shows_what_the_model_knows(self) -> None:
        first, second = self.opened
        for number, booked in self.model.bookings.items():
            shown = self.runner.run(first.data(number, instant(self.now)))
            assert shown == self.runner.run(second.data(number, instant(self.now)))
            assert harness.facts(shown) == harness.expected_facts(booked)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        expected = sorted(
            (org_nr, *held)
            for org_nr in self.model.terms
            for held in self.model.held(org_nr)
        )
        for opened in self.opened:
            assert opened.holds() == expected


@pytest.fixture(scope="module")
def stores(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[harness.Stores]:
    folder: Path = tmp_path_factory.mktemp("three-readings")
    with harness.stores(postgres_server, folder) as made:
        yield made


def test_both_stores_and_the_model_tell_the_same(stores: harness.Stores) -> None:
    class Machine(ThreeReadings):
        pass

    Machine.stores = stores
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )

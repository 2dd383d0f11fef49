"""A machine that tells everything to two stores and to the model, and compares.

One of the stores is swept now and then, the other never: nobody can tell.
"""

from dataclasses import replace
from itertools import cycle
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from domain import commands
from tests.properties import seeing, sending
from tests.properties.driver import SYSTEM, told
from tests.properties.looking_back import LookingBack
from tests.properties.naming import ORGS, OWNERS, going_on
from tests.properties.records import Placing
from tests.properties.sending import REPLIES, RULINGS, Drawn
from tests.properties.terms import DAY, HOUR, Terms, instant

MOST_BOOKINGS = 7
passing_minutes = st.sampled_from(
    [*[1, 15, 60, 60, 60, 12 * HOUR, DAY] * 2, 2 * DAY, 35 * DAY]
)


class ThreeReadings(LookingBack):
    """Every rule is told to the model and committed to both stores."""

    # ---- what happens

    @initialize(
        first=sending.terms | sending.asking_terms,
        second=sending.terms,
        booked=st.lists(
            st.tuples(sending.starts, st.booleans()), min_size=3, max_size=5
        ),
    )
    def begin(
        self,
        first: Terms,
        second: Terms,
        booked: list[tuple[tuple[int, int], bool]],
    ) -> None:
        for org_nr, wanted in zip(ORGS, (first, second), strict=True):
            self.model.add_workshop(org_nr, wanted)
            self.change_workshop(
                org_nr,
                commands.AddWorkshop(
                    at=instant(self.now),
                    by=SYSTEM,
                    org_nr=org_nr,
                    name=f"Workshop {org_nr}",
                    policy=sending.policy_of(wanted),
                ),
            )
        for (wished, by_owner), owner, org_nr in zip(
            booked, cycle(OWNERS), cycle(ORGS[:1] * 3 + ORGS[1:]), strict=False
        ):
            self._place(owner, org_nr, wished, by_owner=by_owner)

    @rule(org_nr=st.sampled_from(ORGS), wanted=sending.terms)
    def change_policy(self, org_nr: int, wanted: Terms) -> None:
        self.model.change_policy(org_nr, wanted)
        self.change_workshop(
            org_nr,
            commands.ChangePolicy(
                at=instant(self.now), by=SYSTEM, policy=sending.policy_of(wanted)
            ),
        )

    @precondition(lambda self: len(going_on(self.model)) < MOST_BOOKINGS)
    @rule(
        owner=st.sampled_from(OWNERS),
        org_nr=st.sampled_from(ORGS),
        wished=sending.starts,
        by_owner=st.booleans(),
        group=st.sampled_from([None, None, 0, 1, 2]),
        message=st.none() | sending.messages,
        key=sending.keys,
    )
    def place(
        self, owner: str, org_nr: int, wished: tuple[int, int], **rest: Any
    ) -> None:
        self._place(owner, org_nr, wished, **rest)

    def _place(
        self,
        owner: str,
        org_nr: int,
        wished: tuple[int, int],
        *,
        by_owner: bool,
        group: int | None = None,
        message: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> None:
        who = owner if by_owner else "staff"
        start = self.at(wished)
        groups = [*{booked.group for booked in self.model.bookings.values()}]
        named = None
        if group is not None:
            named = [*sorted(groups), sending.UNKNOWN][group % (len(groups) + 1)]
        self.place_one(
            Placing(
                who=who,
                role="owner" if by_owner else "staff",
                owner=owner,
                org_nr=org_nr,
                number=self.next_number(org_nr),
                start=start,
                now=self.now,
                new_group="",
                group=named,
                message=message,
                key=key,
            )
        )

    @rule(org_nr=st.sampled_from(ORGS), which=st.integers(0, 50))
    def book_what_is_listed(self, org_nr: int, which: int) -> None:
        since = self.now - self.now % DAY + (which % 4) * DAY
        free = self.model.openings(org_nr, since, since + DAY, self.now)
        window = (instant(since), instant(since + DAY), instant(self.now))
        for opened in self.opened:
            listed = self.runner.run(opened.openings(org_nr, *window))
            assert listed == free
        if free and len(going_on(self.model)) < MOST_BOOKINGS:
            start, _bays = free[which % len(free)]
            number = self.next_number(org_nr)
            self.place_one(
                Placing(
                    who="staff",
                    role="staff",
                    owner=OWNERS[0],
                    org_nr=org_nr,
                    number=number,
                    start=start,
                    now=self.now,
                )
            )
            assert number in self.model.bookings

    @precondition(lambda self: self.model.bookings)
    @rule(several=st.lists(sending.puts, min_size=1, max_size=4))
    def put_some(self, several: list[Drawn]) -> None:
        self.send(*several)

    @precondition(lambda self: self.model.bookings)
    @rule(drawn=sending.puts)
    def put(self, drawn: Drawn) -> None:
        self.send(drawn)

    @precondition(lambda self: self.model.bookings)
    @rule(drawn=sending.puts | sending.workshop_steps)
    def twice(self, drawn: Drawn) -> None:
        self.send(drawn)
        self.send(drawn)

    @precondition(lambda self: self.model.bookings)
    @rule(drawn=sending.puts)
    def try_and_do(self, drawn: Drawn) -> None:
        """Hold a dry run to the status, outcome and verdict of the real call."""
        drawn = replace(drawn, key=None)
        dry, _told = self.make(replace(drawn, dry=True))
        real, _told = self.make(replace(drawn, dry=False))
        (tried,), (done,) = self.commit([dry]), self.commit([real])
        expected, found = told(done), told(tried)
        assert (found.status, found.outcome, found.code, found.verdict) == (
            expected.status,
            expected.outcome,
            expected.code,
            expected.verdict,
        )

    @precondition(lambda self: self.model.bookings)
    @rule(drawn=sending.workshop_steps)
    def step(self, drawn: Drawn) -> None:
        self.send(drawn)

    @precondition(lambda self: self.model.bookings)
    @rule(drawn=sending.asks, answer=sending.answers(*RULINGS, *REPLIES))
    def ask_and_decide(self, drawn: Drawn, answer: Drawn) -> None:
        self.send(drawn)
        if self.model.requests:
            self.send(replace(answer, which=1, request=0))

    @precondition(lambda self: self.model.requests)
    @rule(
        answer=sending.answers(*RULINGS, *REPLIES),
        which=st.integers(0, 8),
        request=sending.numbers,
    )
    def decide(self, answer: Drawn, which: int, request: int) -> None:
        self.send(replace(answer, which=which, request=request))

    @precondition(lambda self: self.model.requests)
    @rule(
        first=sending.answers("counter"),
        second=sending.answers(*REPLIES, *RULINGS),
        third=sending.answers(*REPLIES, *RULINGS),
        request=st.integers(0, 2),
    )
    def negotiate(
        self, first: Drawn, second: Drawn, third: Drawn, request: int
    ) -> None:
        """Answer one request three times, the last two in one batch."""
        self.send(replace(first, which=1, request=request))
        self.send(
            replace(second, which=1, request=request),
            replace(third, which=1, request=request),
        )

    @precondition(lambda self: self.model.bookings)
    @rule(which=sending.numbers, by=sending.owners, is_sent=st.booleans())
    def announce(self, which: int, by: str, *, is_sent: bool) -> None:
        number = self.numbered[which % len(self.numbered)]
        who = self.model.bookings[number].owner
        if by == "other":
            who = next(name for name in OWNERS if name != who)
        upload_id = self.new_id()
        expected = self.model.announce(str(upload_id), number, who, self.now)
        self.upload(upload_id, number, who, expected, is_new=True)
        if is_sent and expected.status == 201:
            self.give_bytes(upload_id, number, who)

    @precondition(lambda self: self.model.uploads)
    @rule(which=sending.numbers, by=st.sampled_from(["owner", "owner", *OWNERS]))
    def send_bytes(self, which: int, by: str) -> None:
        uploads = list(self.model.uploads)
        upload_id = uploads[which % len(uploads)]
        upload = self.model.uploads[upload_id]
        who = upload.owner if by == "owner" else by
        self.give_bytes(UUID(upload_id), upload.number, who)

    @rule(passing=passing_minutes)
    def wait(self, passing: int) -> None:
        self.now += passing

    @precondition(lambda self: self.now % 7 == 0)
    @rule(owner=st.sampled_from(OWNERS))
    def erase(self, owner: str) -> None:
        """Forget an owner, who may come back."""
        self.model.erase(owner, self.now)
        self.erased(owner)

    @rule()
    def sweep(self) -> None:
        """Write the facts of the clock, on one of the stores."""
        self.swept(self.opened[0])

    # ---- what is seen

    @invariant()
    def shows_what_the_model_knows(self) -> None:
        self.model.tick(self.now)
        first, second = (self.shown(opened) for opened in self.opened)
        assert first == second
        for data, (number, booked) in zip(
            first, self.model.bookings.items(), strict=True
        ):
            assert seeing.facts(data) == seeing.expected_facts(booked)
            assert seeing.modes(data) == self.model.modes(number, self.now)
        self.shown_at[self.now] = dict(
            zip(self.numbered, map(seeing.facts, first), strict=True)
        )

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        self.model.tick(self.now)
        expected = sorted(
            (org_nr, *held)
            for org_nr in self.model.terms
            for held in self.model.held(org_nr)
        )
        for opened in self.opened:
            assert opened.holds(self.now) == expected

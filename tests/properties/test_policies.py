"""Every policy document is judged, and every sound one judges all that it is asked."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import calendar, rules
from domain.policy import Policy
from domain.rules import PolicyDecision, Verdict
from domain.soundness import problems
from tests.examples import DAY
from tests.properties.documents import INSTANTS, documents, sound_documents

patient = settings(deadline=None, max_examples=50)

MARKS = st.sampled_from([(), ("PARTS_ORDERED",), ("VEHICLE_RECEIVED", "PARTS_ORDERED")])
COUNTS = st.integers(min_value=0, max_value=5000)


@patient
@given(documents())
def test_every_document_is_judged_and_none_breaks_the_judge(policy: Policy):
    for pointer, code, detail in problems(policy):
        assert pointer.startswith("/")
        assert code in {"format", "length", "duplicate"}
        assert detail.endswith(".")


@patient
@given(
    policy=sound_documents(),
    times=st.tuples(INSTANTS, INSTANTS, INSTANTS),
    moves=COUNTS,
    marks=MARKS,
)
def test_a_move_is_judged_wherever_and_whenever_it_is_asked(
    policy: Policy,
    times: tuple[datetime, datetime, datetime],
    moves: int,
    marks: tuple[str, ...],
):
    start, target, now = times
    assert problems(policy) == []

    decision = rules.judge_reschedule(
        policy, 1, start=start, target=target, moves=moves, marks=marks, now=now
    )

    notice, limit, work, price = decision.rules
    assert notice.passed is (notice.actual >= notice.limit)
    assert limit.passed is (limit.actual < limit.limit)
    assert work.passed is (work.actual <= work.limit)
    assert price.passed is (price.actual <= price.limit)
    assert_strictest(decision)


@patient
@given(
    policy=sound_documents(),
    times=st.tuples(INSTANTS, INSTANTS),
    marks=MARKS,
    is_accepted=st.booleans(),
    has_reason=st.booleans(),
)
def test_a_cancel_is_judged_wherever_and_whenever_it_is_asked(
    policy: Policy,
    times: tuple[datetime, datetime],
    marks: tuple[str, ...],
    is_accepted: bool,
    has_reason: bool,
):
    start, now = times
    decision = rules.judge_cancel(
        policy,
        1,
        start=start,
        is_accepted=is_accepted,
        marks=marks,
        has_reason=has_reason,
        now=now,
    )

    notice, work, reason = decision.rules
    assert notice.passed is (notice.actual >= notice.limit)
    assert work.passed is (work.actual <= work.limit)
    assert reason.passed is (reason.actual >= reason.limit)
    if is_accepted:
        assert_strictest(decision)
    else:
        assert decision.verdict is Verdict.ALLOW


def assert_strictest(decision: PolicyDecision) -> None:
    effects = {rule.effect for rule in decision.rules}
    for verdict in (Verdict.DENY, Verdict.REQUEST, Verdict.ALLOW):
        if verdict in effects:
            assert decision.verdict is verdict
            return


@patient
@given(policy=sound_documents(), target=INSTANTS, now=INSTANTS)
def test_a_time_is_bookable_or_not_wherever_and_whenever_it_is_asked(
    policy: Policy, target: datetime, now: datetime
):
    closed = calendar.why_unbookable(target, target + DAY, policy, now)

    assert closed is not None or now <= target <= now + timedelta(days=732)

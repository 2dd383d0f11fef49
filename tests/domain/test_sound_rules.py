"""The numbers of rules have limits, beyond which a policy makes no sense."""

import pytest

from domain.policy import (
    MoveLimit,
    Notice,
    OpenLimit,
    Policy,
    RequestTerms,
    Rules,
    TargetWindow,
)
from domain.soundness import problems
from domain.structs import replace
from tests.examples import OSLO

DEFAULT = Policy(time_zone=OSLO)

LIMITS = [
    ("reschedule_notice/hours", 0, 8760),
    ("cancel_notice/hours", 0, 8760),
    ("max_reschedules/limit", 0, 1000),
    ("open_bookings/limit", 1, 1000),
    ("target_window/lead_minutes", 0, 525_600),
    ("target_window/horizon_days", 1, 732),
    ("target_window/grid_minutes", 1, 1440),
    ("change_request/ttl_hours", 1, 8760),
]


def with_rule(pointer: str, value: int) -> Policy:
    rules = {
        "reschedule_notice/hours": Rules(reschedule_notice=Notice(hours=value)),
        "cancel_notice/hours": Rules(cancel_notice=Notice(hours=value)),
        "max_reschedules/limit": Rules(max_reschedules=MoveLimit(limit=value)),
        "open_bookings/limit": Rules(open_bookings=OpenLimit(limit=value)),
        "target_window/lead_minutes": Rules(
            target_window=TargetWindow(lead_minutes=value, horizon_days=732)
        ),
        "target_window/horizon_days": Rules(
            target_window=TargetWindow(horizon_days=value)
        ),
        "target_window/grid_minutes": Rules(
            target_window=TargetWindow(grid_minutes=value)
        ),
        "change_request/ttl_hours": Rules(change_request=RequestTerms(ttl_hours=value)),
    }
    return replace(DEFAULT, rules=rules[pointer])


@pytest.mark.parametrize(("pointer", "least", "most"), LIMITS)
def test_a_rule_has_limits_of_its_own(pointer, least, most):
    assert problems(with_rule(pointer, least)) == []
    assert problems(with_rule(pointer, most)) == []
    for value in (least - 1, most + 1, -(10**30), 10**30):
        assert problems(with_rule(pointer, value)) == [
            (f"/rules/{pointer}", "format", f"It is {least} to {most}.")
        ]


@pytest.mark.parametrize(
    ("lead", "days", "is_sound"),
    [(1440, 1, True), (1441, 1, False), (1441, 2, True), (525_600, 364, False)],
)
def test_the_lead_ends_before_the_horizon_does(lead, days, is_sound):
    window = TargetWindow(lead_minutes=lead, horizon_days=days)
    nothing_is_left = (
        "/rules/target_window/lead_minutes",
        "format",
        "The lead ends before the horizon does.",
    )

    found = problems(replace(DEFAULT, rules=Rules(target_window=window)))

    assert found == ([] if is_sound else [nothing_is_left])

"""A policy document has the contract's defaults and says what contradicts itself."""

from typing import Any

import msgspec
import pytest

from domain.policy import (
    Effect,
    Notice,
    Policy,
    RequestTerms,
    Rules,
    Service,
    TargetWindow,
    Week,
    problems,
)
from domain.structs import replace
from tests.examples import OSLO, POLICY, SERVICE, TYRES

DEFAULT = Policy(time_zone=OSLO)


def pointers(policy: Policy) -> list[tuple[str, str]]:
    return [(pointer, code) for pointer, code, _detail in problems(policy)]


def with_service(**changes: Any) -> Policy:
    return replace(DEFAULT, services=(TYRES, replace(SERVICE, **changes)))


def with_monday(*spans: tuple[str, str]) -> Policy:
    return replace(DEFAULT, opening_hours=Week(mon=spans))


def test_the_defaults_are_those_of_the_contract():
    document = msgspec.json.decode(msgspec.json.encode(DEFAULT))

    assert document == {
        "time_zone": "Europe/Oslo",
        "bays": 1,
        "services": [{"id": 1, "name": "Service", "minutes": 60, "buffer": 0}],
        "opening_hours": {
            "mon": [["08:00", "16:00"]],
            "tue": [["08:00", "16:00"]],
            "wed": [["08:00", "16:00"]],
            "thu": [["08:00", "16:00"]],
            "fri": [["08:00", "16:00"]],
            "sat": [],
            "sun": [],
        },
        "holidays": [],
        "rules": {
            "reschedule_notice": {"hours": 24, "effect": "REQUEST"},
            "cancel_notice": {"hours": 24, "effect": "REQUEST"},
            "target_window": {
                "lead_minutes": 120,
                "horizon_days": 90,
                "grid_minutes": 15,
            },
            "change_request": {"ttl_hours": 48},
        },
    }


@pytest.mark.parametrize(
    "document",
    [
        b'{"time_zone": "Europe/Oslo", "bay": 2}',
        b'{"time_zone": "Europe/Oslo", "opening_hours": {"monday": []}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"notice": {}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"cancel_notice": {"hour": 1}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"target_window": {"lead": 1}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"change_request": {"ttl": 1}}}',
        b'{"time_zone": "Europe/Oslo", "services": [{"id": 1, "price": 5}]}',
    ],
)
def test_unknown_members_are_errors_at_every_depth(document):
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(document, type=Policy)


@pytest.mark.parametrize("policy", [DEFAULT, POLICY], ids=["default", "example"])
def test_a_sound_document_has_no_problems(policy):
    assert problems(policy) == []


def test_a_service_is_found_by_its_id():
    assert POLICY.service(SERVICE.id) == SERVICE
    assert POLICY.service(TYRES.id) == TYRES
    assert POLICY.service(99) is None


def test_the_longest_hold_is_that_of_service_and_buffer_together():
    long_buffer = Service(id=3, name="Paint", minutes=40, buffer=50)

    assert POLICY.longest_hold == 75
    assert replace(POLICY, services=(long_buffer, SERVICE)).longest_hold == 90


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "+02:00"])
def test_a_time_zone_is_one_of_the_known(zone):
    found = problems(replace(DEFAULT, time_zone=zone))

    assert found == [("/time_zone", "format", f"{zone!r} is no IANA time zone.")]


@pytest.mark.parametrize("bays", [1, 100])
def test_a_workshop_has_one_to_a_hundred_bays(bays):
    assert problems(replace(DEFAULT, bays=bays)) == []


@pytest.mark.parametrize("bays", [-1, 0, 101])
def test_other_numbers_of_bays_are_impossible(bays):
    found = problems(replace(DEFAULT, bays=bays))

    assert found == [("/bays", "format", "There are 1 to 100 bays.")]


def test_a_workshop_offers_something():
    found = problems(replace(DEFAULT, services=()))

    assert found == [("/services", "length", "A workshop offers at least one service.")]


def test_a_service_is_there_once():
    twice = replace(DEFAULT, services=(SERVICE, TYRES, replace(SERVICE, name="Again")))

    assert problems(twice) == [
        ("/services/2/id", "duplicate", "Service 1 is there twice.")
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 1},
        {"id": 2**31 - 1},
        {"name": "S"},
        {"minutes": 1},
        {"minutes": 1440},
        {"buffer": 0},
        {"buffer": 1440},
    ],
)
def test_a_service_may_be_as_large_as_this(changes):
    assert problems(with_service(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"id": 0},
            ("/services/1/id", "format", "A service's id is 1 to 2147483647."),
        ),
        (
            {"id": 2**31},
            ("/services/1/id", "format", "A service's id is 1 to 2147483647."),
        ),
        ({"name": ""}, ("/services/1/name", "length", "A service has a name.")),
        ({"name": " \t"}, ("/services/1/name", "length", "A service has a name.")),
        (
            {"minutes": 0},
            ("/services/1/minutes", "format", "A service takes 1 to 1440 minutes."),
        ),
        (
            {"minutes": 1441},
            ("/services/1/minutes", "format", "A service takes 1 to 1440 minutes."),
        ),
        (
            {"buffer": -1},
            ("/services/1/buffer", "format", "A buffer takes 0 to 1440 minutes."),
        ),
        (
            {"buffer": 1441},
            ("/services/1/buffer", "format", "A buffer takes 0 to 1440 minutes."),
        ),
    ],
)
def test_an_impossible_service_is_named(changes, problem):
    assert problems(with_service(**changes)) == [problem]


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (("00:00", "24:00"),),
        (("00:00", "00:01"), ("23:59", "24:00")),
        (("08:00", "12:00"), ("12:00", "16:00")),
        (("19:30", "20:00"), ("22:00", "23:00")),
    ],
)
def test_opening_hours_may_be_these(spans):
    assert problems(with_monday(*spans)) == []


@pytest.mark.parametrize(
    "span",
    [
        ("8:00", "16:00"),
        ("08:00", "16:0"),
        ("08:00", "24:01"),
        ("08:00", "25:00"),
        ("08:60", "16:00"),
        ("08.00", "16:00"),
        ("08:00\n", "16:00"),
        ("\u0660\u0668:00", "16:00"),
        ("", ""),
    ],
)
def test_a_span_is_written_with_two_digits_each(span):
    assert problems(with_monday(span)) == [
        (
            "/opening_hours/mon/0",
            "format",
            'A span is ["HH:MM", "HH:MM"], "24:00" at most.',
        )
    ]


@pytest.mark.parametrize("span", [("16:00", "08:00"), ("08:00", "08:00")])
def test_a_span_ends_after_it_starts(span):
    assert problems(with_monday(span)) == [
        ("/opening_hours/mon/0", "format", "A span ends after it starts.")
    ]


def test_spans_are_in_order_and_do_not_overlap():
    overlapping = with_monday(("08:00", "12:00"), ("11:59", "16:00"))

    assert problems(overlapping) == [
        ("/opening_hours/mon/1", "format", "Spans are in order and do not overlap.")
    ]


def test_a_wrong_span_does_not_hide_those_after_it():
    wrong = with_monday(
        ("08:00", "12:00"), ("x", "y"), ("13:00", "12:30"), ("11:00", "15:00")
    )

    assert pointers(wrong) == [
        ("/opening_hours/mon/1", "format"),
        ("/opening_hours/mon/2", "format"),
        ("/opening_hours/mon/3", "format"),
    ]


@pytest.mark.parametrize("day", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
def test_every_day_is_looked_at(day):
    week = replace(Week(), **{day: (("09:00", "08:00"),)})

    assert pointers(replace(DEFAULT, opening_hours=week)) == [
        (f"/opening_hours/{day}/0", "format")
    ]


@pytest.mark.parametrize(
    "day", ["2026-12-25", "2026-01-31", "2026-10-01", "2028-02-29"]
)
def test_a_holiday_is_a_date(day):
    assert problems(replace(DEFAULT, holidays=(day,))) == []


@pytest.mark.parametrize(
    "day",
    [
        "25.12.2026",
        "2026-13-01",
        "2026-00-01",
        "2026-12-32",
        "2026-12-00",
        "2026-1-1",
        "2026-02-30",
        "2027-02-29",
        "20261225",
        "2026-W52-5",
        "2026-12-25T00:00",
        "",
    ],
)
def test_anything_else_is_no_holiday(day):
    found = problems(replace(DEFAULT, holidays=("2026-12-25", day)))

    assert found == [("/holidays/1", "format", 'A holiday is "YYYY-MM-DD".')]


LIMITS = [
    ("reschedule_notice/hours", 0, 8760),
    ("cancel_notice/hours", 0, 8760),
    ("target_window/lead_minutes", 0, 525_600),
    ("target_window/horizon_days", 1, 732),
    ("target_window/grid_minutes", 1, 1440),
    ("change_request/ttl_hours", 1, 8760),
]


def with_rule(pointer: str, value: int) -> Policy:
    rules = {
        "reschedule_notice/hours": Rules(reschedule_notice=Notice(hours=value)),
        "cancel_notice/hours": Rules(cancel_notice=Notice(hours=value)),
        "target_window/lead_minutes": Rules(
            target_window=TargetWindow(lead_minutes=value)
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
    for value in (least - 1, most + 1):
        assert problems(with_rule(pointer, value)) == [
            (f"/rules/{pointer}", "format", f"It is {least} to {most}.")
        ]


def test_all_problems_are_told_at_once():
    impossible = Policy(
        time_zone="Oslo",
        bays=0,
        services=(),
        opening_hours=Week(fri=(("1", "2"),)),
        holidays=("Christmas",),
        rules=Rules(change_request=RequestTerms(ttl_hours=0)),
    )

    assert [pointer for pointer, _code in pointers(impossible)] == [
        "/time_zone",
        "/bays",
        "/services",
        "/opening_hours/fri/0",
        "/holidays/0",
        "/rules/change_request/ttl_hours",
    ]


def test_a_rule_that_blocks_is_asked_or_denied():
    assert [effect.value for effect in Effect] == ["REQUEST", "DENY"]

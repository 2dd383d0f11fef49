"""A policy document has the contract's defaults, and nothing that it does not know."""

import msgspec
import pytest

from domain.policy import Effect, Policy, PriceBand, Service
from domain.structs import replace
from tests.examples import OSLO, POLICY, SERVICE, TYRES


def test_the_defaults_are_those_of_the_contract():
    document = msgspec.json.decode(msgspec.json.encode(Policy(time_zone=OSLO)))

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
        "price_bands": [],
        "rules": {
            "reschedule_notice": {"hours": 24, "effect": "REQUEST"},
            "cancel_notice": {"hours": 24, "effect": "REQUEST"},
            "max_reschedules": {"limit": 3, "effect": "REQUEST"},
            "work_started": {"effect": "REQUEST"},
            "price_change": {"effect": "REQUEST"},
            "reason": {"required": False},
            "open_bookings": {"limit": 5},
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
        b'{"time_zone": "Europe/Oslo", "rules": {"max_reschedules": {"max": 1}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"work_started": {"hours": 1}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"price_change": {"band": ""}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"reason": {"effect": "DENY"}}}',
        b'{"time_zone": "Europe/Oslo", "rules": {"open_bookings": {"max": 1}}}',
        b'{"time_zone": "Europe/Oslo", "services": [{"id": 1, "price": 5}]}',
        b'{"time_zone": "Europe/Oslo", "price_bands": [{"opens": "08:00"}]}',
    ],
)
def test_unknown_members_are_errors_at_every_depth(document):
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(document, type=Policy)


def test_a_price_band_is_written_with_the_words_of_the_contract():
    document = b'{"days":["sat"],"from":"08:00","to":"16:00","band":"weekend"}'
    band = PriceBand(days=("sat",), opens="08:00", closes="16:00", band="weekend")

    assert msgspec.json.encode(band) == document
    assert msgspec.json.decode(document, type=PriceBand) == band


def test_a_service_is_found_by_its_id():
    assert POLICY.service(SERVICE.id) == SERVICE
    assert POLICY.service(TYRES.id) == TYRES
    assert POLICY.service(99) is None


def test_the_longest_hold_is_that_of_service_and_buffer_together():
    long_buffer = Service(id=3, name="Paint", minutes=40, buffer=50)

    assert POLICY.longest_hold == 75
    assert replace(POLICY, services=(long_buffer, SERVICE)).longest_hold == 90


def test_a_rule_that_blocks_is_asked_or_denied():
    assert [effect.value for effect in Effect] == ["REQUEST", "DENY"]

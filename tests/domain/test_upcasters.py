"""An old shape is read as today's; what is current passes as it is."""

from domain.upcasters import UPCASTERS, upcast

OLD = {"type": "booking.moved", "to": 5}
NEWER = {"type": "booking.moved_to", "start": 5}
CURRENT = {"type": "booking.rescheduled", "start": 5, "bay": 1}

STEPS = {
    "booking.moved": lambda event: {"type": "booking.moved_to", "start": event["to"]},
    "booking.moved_to": lambda event: {
        **event,
        "type": "booking.rescheduled",
        "bay": 1,
    },
}


def test_a_current_event_passes_as_it_is():
    assert upcast(CURRENT, STEPS) is CURRENT
    assert upcast(CURRENT) is CURRENT


def test_a_retired_shape_becomes_the_current_one():
    assert upcast(NEWER, STEPS) == CURRENT


def test_several_steps_follow_one_another():
    assert upcast(OLD, STEPS) == CURRENT


def test_no_tag_has_been_retired_yet():
    assert UPCASTERS == {}

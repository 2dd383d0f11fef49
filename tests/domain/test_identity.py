"""Names of streams, and the slice in which a workshop and its bookings live."""

from domain.identity import SLICES, Role, booking_stream, slice_of, workshop_stream
from tests.examples import BOOKING_ID, ORG_NR


def test_a_booking_lives_in_the_slice_of_its_workshop():
    assert slice_of(BOOKING_ID) == slice_of(ORG_NR) == 123


def test_there_are_1024_slices():
    assert SLICES == 1024
    assert {slice_of(number) for number in range(2048)} == set(range(1024))


def test_streams_are_named_after_what_they_are_of():
    assert booking_stream(BOOKING_ID) == "booking-123"
    assert workshop_stream(ORG_NR) == "workshop-313001083"


def test_roles_are_words_of_the_contract():
    assert [role.value for role in Role] == ["owner", "staff", "manager", "system"]

"""What a role may not do depends on the booking: staff decline, managers cancel."""

import pytest

from domain import roles
from domain.booking import Status
from domain.structs import replace
from tests.dsl import given
from tests.examples import MANAGER, PLACED, STAFF, cancel, confirm, say
from tests.wishes import called_off

BOOKING = given(PLACED).when(say()).booking


@pytest.mark.parametrize("status", Status)
def test_staff_may_not_cancel_what_is_confirmed(status):
    booking = replace(BOOKING, status=status)

    forbidden = roles.forbids(called_off(by=STAFF), booking)

    assert forbidden is (status is Status.CONFIRMED)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    "command",
    [called_off(by=MANAGER), cancel(), confirm()],
    ids=["manager's cancel", "owner's cancel", "staff's confirm"],
)
def test_to_others_and_for_other_things_the_state_forbids_nothing(command, status):
    assert not roles.forbids(command, replace(BOOKING, status=status))

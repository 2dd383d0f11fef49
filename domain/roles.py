"""What a role's limits forbid that depend on the booking; the rest its route knows."""

from domain import commands
from domain.booking import Booking, Status
from domain.commands import BookingCommand
from domain.identity import Role


def forbids(command: BookingCommand, booking: Booking) -> bool:
    """Whether it takes another role: staff decline bookings, managers cancel them."""
    return (
        isinstance(command, commands.Cancel)
        and command.by.role is Role.STAFF
        and booking.status is Status.CONFIRMED
    )

"""The tables of contract section 6: each decision, in each state, by the right side.

A cell is an outcome, or `!` and the code of a refusal, without what its kind is clear
from: `!closed` is `booking_closed` for a booking and `request_closed` for a request.
"""

Table = dict[str, dict[str, str]]


def table(text: str) -> Table:
    """Return rows and columns by their names."""
    head, *lines = (line.split() for line in text.strip().splitlines())
    return {
        name: dict(zip(head, cells, strict=True)) for name, *cells in map(tuple, lines)
    }


STEPS = table("""
              PENDING         CONFIRMED     IN_PROGRESS   COMPLETED  NO_SHOW    CANCELLED
confirm       confirmed       unchanged     !in_progress  !closed    !closed    !closed
start         !not_confirmed  in_progress   unchanged     !closed    !closed    !closed
complete      !not_confirmed  !not_started  completed     unchanged  !closed    !closed
no_show       !closed         no_show       !in_progress  !closed    unchanged  !closed
no_show_early !not_confirmed  !too_early    !in_progress  !closed    unchanged  !closed
mark          !not_confirmed  marked        marked        !closed    !closed    !closed
cancel        cancelled       cancelled     !in_progress  !closed    !closed    unchanged
move          rescheduled     rescheduled   !in_progress  !closed    !closed    !closed
override      rescheduled     rescheduled   !in_progress  !closed    !closed    !closed
stay          unchanged       unchanged     !in_progress  !closed    !closed    !closed
""")  # noqa: E501 - a table is read along its lines
"""What the workshop does with a booking; `stay` is a move to its own start.

A no-show is recorded at the start, when a PENDING booking is cancelled by the clock, or
a minute before it.
"""

ANSWERS = table("""
                approve     reject     counter          accept          decline         withdraw
move            approved    rejected   countered        !not_countered  !not_countered  withdrawn
cancel          approved    rejected   !not_counterable !not_countered  !not_countered  withdrawn
countered       !countered  rejected   !countered       accepted        declined        withdrawn
approved        unchanged   !closed    !closed          !closed         !closed         !closed
cancel_approved unchanged   !closed    !closed          !closed         !closed         !closed
accepted        !closed     !closed    !closed          unchanged       !closed         !closed
rejected        !closed     unchanged  !closed          !closed         !closed         !closed
declined        !closed     !closed    !closed          !closed         unchanged       !closed
withdrawn       !closed     !closed    !closed          !closed         !closed         unchanged
expired         !closed     !closed    !closed          !closed         !closed         !closed
superseded      !closed     !closed    !closed          !closed         !closed         !closed
lapsed          !closed     !closed    !closed          !closed         !closed         !closed
counter_lapsed  !closed     !closed    !closed          !closed         !closed         !closed
""")  # noqa: E501 - a table is read along its lines
"""What is answered to a change request, by how it stands."""

OPEN = {"move", "cancel", "countered"}
"""Requests that are open; `lapsed` ones are so until the clock is asked."""

SUPERSEDES = {"start", "no_show", "cancel", "move", "override"}
"""The workshop's steps after which no wish of the owner's is left."""

EVENTS = {
    "confirmed": "Confirmed",
    "in_progress": "Started",
    "completed": "Completed",
    "no_show": "NoShowRecorded",
    "marked": "Marked",
    "cancelled": "Cancelled",
    "rescheduled": "Rescheduled",
    "approved": "ChangeApproved",
    "accepted": "ChangeApproved",
    "rejected": "ChangeRejected",
    "declined": "ChangeRejected",
    "countered": "ChangeCountered",
    "withdrawn": "ChangeWithdrawn",
}


def code(cell: str, kind: str) -> str:
    """Return the whole code that `!` stands before."""
    short = cell.removeprefix("!")
    whole = short in {"closed", "in_progress", "countered"}
    return f"{kind}_{short}" if whole else short

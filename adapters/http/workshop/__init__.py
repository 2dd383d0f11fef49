"""The workshop's side of the API: its desk, its policy, and those who look on."""

from litestar import Router

from adapters.http.workshop import (
    bookings,
    decisions,
    lists,
    policies,
    steps,
    trails,
    uploads,
)

# Each route says whom it is for.
WORKSHOP = Router(
    "/",
    route_handlers=[
        lists.read,
        lists.read_group,
        lists.read_requests,
        bookings.place,
        bookings.read,
        bookings.change,
        trails.read_history,
        trails.read_messages,
        trails.read_upload,
        steps.say,
        steps.confirm,
        steps.cancel,
        steps.complete,
        steps.take,
        decisions.decide,
        uploads.read,
        policies.read,
        policies.change,
        policies.try_out,
    ],
)

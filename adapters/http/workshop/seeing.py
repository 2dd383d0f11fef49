"""What a workshop's people see: their own workshop, and auditors nothing personal.

What is another workshop's is as good as none.
"""

from adapters.http.auth import Caller
from adapters.http.body import StrictRequest
from adapters.http.parameters import Query, invalid, org_nr
from adapters.http.problems import Problem
from application import opening
from application.calls import Fault
from application.opening import Opener
from application.queries import Seen
from application.sealing import Vault


def workshop(request: StrictRequest) -> int:
    """Return the workshop that is asked of.

    It is the token's; an auditor of all workshops names one with `org_nr`.
    """
    asked = Query(request.scope).one("org_nr", org_nr)
    bound = request.user.workshop
    if bound is None:
        if asked is None:
            raise invalid("The query value org_nr is needed.")
        return asked
    if asked not in {None, bound}:
        raise Problem("not_found")
    return bound


def theirs(caller: Caller) -> int:
    """Return the workshop of staff or a manager: a token without one is none."""
    if caller.workshop is None:
        raise Fault(f"a {caller.role} of no workshop")
    return caller.workshop


def own(found: Seen | None, caller: Caller) -> Seen:
    if found is None or not caller.serves(found.stored.booking.org_nr):
        raise Problem("not_found")
    return found


def opener(seen: Seen, caller: Caller, vault: Vault) -> Opener:
    booking = seen.stored.booking
    if caller.is_auditor:
        return opening.masked(booking)
    return opening.opener(booking, seen.owner_key, vault)

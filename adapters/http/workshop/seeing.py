"""What a workshop's people see: their own workshop, and auditors nothing personal.

What is another workshop's is as good as none.
"""

from adapters.http.auth import Caller
from adapters.http.body import StrictRequest
from adapters.http.parameters import Query, invalid, org_nr
from adapters.http.problems import Problem
from application import bodies
from application.bodies import Opener
from application.queries import Seen
from application.sealing import Vault


def workshop(request: StrictRequest) -> int:
    """Return the workshop that is asked of.

    It is the token's; an auditor of all workshops names one with `org_nr`.
    """
    asked = Query(request.scope).one("org_nr", org_nr)
    theirs = request.user.workshop
    if theirs is None:
        if asked is None:
            raise invalid("The query value org_nr is needed.")
        return asked
    if asked not in {None, theirs}:
        raise Problem("not_found")
    return theirs


def own(found: Seen | None, caller: Caller) -> Seen:
    if found is None or not caller.serves(found.stored.booking.org_nr):
        raise Problem("not_found")
    return found


def opener(seen: Seen, caller: Caller, vault: Vault) -> Opener:
    booking = seen.stored.booking
    if caller.is_auditor:
        return bodies.masked(booking)
    return bodies.opener(booking, seen.owner_key, vault)

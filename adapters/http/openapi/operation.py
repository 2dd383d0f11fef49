"""What is said of one operation: an entry of the tables beside this module.

An entry names types, parameters and problem codes; `document` spells them out.
"""

from collections.abc import Mapping
from enum import Enum

import msgspec

from adapters.tokens import Role

JSON = "application/json"
PAGE = ("limit", "cursor")
COMMAND = ("If-Match", "Idempotency-Key")


class Tag(Enum):
    OWNER = "Car owner"
    OPERATION = "Operation"
    WORKSHOP = "Workshop"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A success. `shown` are answers by name, whose types are all that there can be.

    Without them there is no body, or it is what `media` says.
    """

    description: str
    status: int = 200
    shown: Mapping[str, msgspec.Struct] = {}
    media: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[type[msgspec.Struct], ...]:
        return tuple(dict.fromkeys(type(example) for example in self.shown.values()))


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`roles` may call it; none: everyone may, and no token is looked at.

    `body` are the types that can be sent, or `media` what is no JSON. `parameters` are
    those of query and headers; those of the path are known by it. `codes` are problems
    beside those that go without saying.
    """

    name: str
    method: str
    path: str
    tag: Tag
    summary: str
    description: str
    answers: tuple[Answer, ...]
    roles: tuple[Role, ...] = ()
    body: tuple[type[msgspec.Struct], ...] = ()
    media: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def is_sent(self) -> bool:
        """Whether it takes a body."""
        return bool(self.body or self.media)


def changed(description: str, **shown: msgspec.Struct) -> Answer:
    """Return the answer of a call that changed a booking, or left it as it was."""
    return Answer(description=description, shown=shown, headers=("ETag",))

"""The clock and the ids: the only place that reads time or draws at random for use."""

from datetime import UTC, datetime
from uuid import UUID, SafeUUID

from uuid_utils import uuid7


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a new UUIDv7, of the class that msgspec encodes."""
    new = object.__new__(UUID)
    _set(new, "int", uuid7().int)
    _set(new, "is_safe", _UNKNOWN)
    return new


# In Python 3.11 a member of an enumeration is looked up slowly.
_UNKNOWN = SafeUUID.unknown
_set = object.__setattr__

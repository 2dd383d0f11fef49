"""The clock and the ids: the only place that reads time or draws at random for use."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a new UUIDv7, of the class that msgspec encodes."""
    return uuid7()

"""Where a stream ends: what every row of the end of a stream carries of it."""

from datetime import datetime
from typing import NamedTuple


class Place(NamedTuple):
    """`ordinal` stands for the position of the stream's last event.

    It counts from the log's last position before a batch, and is the position itself
    when whole streams are folded. `chain` is the hash that the next event must name.
    """

    version: int
    chain: bytes
    at: datetime
    ordinal: int

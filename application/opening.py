"""Opening what is personal, for whoever may see it, just before it is shown.

Without the owner's key, or after it was erased, it is null.
"""

from application import codec
from application.sealing import Box, Vault
from domain import identity
from domain.booking import Booking
from domain.personal import Note, Plain, Reason, Sealed


class Opener:
    """Opens what is sealed under one owner's key; without a key all is null.

    What was sealed up to the version `erased` is null whatever the key: its own is
    destroyed. What was opened is remembered: a history shows the plate in each state.
    """

    def __init__(self, stream_id: str, box: Box | None, erased: int = 0) -> None:
        self._stream_id = stream_id
        self._box = box
        self._erased = erased
        self._opened: dict[Sealed, Plain] = {}

    def plain(self, personal: Plain | Sealed | None) -> Plain | None:
        if not isinstance(personal, Sealed):
            return personal
        if self._box is None or personal.version <= self._erased:
            return None
        if personal not in self._opened:
            opened = codec.unseal(personal, self._stream_id, self._box)
            self._opened[personal] = opened
        return self._opened[personal]

    def note(self, personal: Plain | Sealed | None) -> str | None:
        plain = self.plain(personal)
        return plain.note if isinstance(plain, Note) else None

    def reason(self, personal: Plain | Sealed | None) -> str | None:
        plain = self.plain(personal)
        return plain.reason if isinstance(plain, Reason) else None


def opener(booking: Booking, owner_key: bytes | None, vault: Vault) -> Opener:
    box = None if owner_key is None else vault.box(booking.owner, owner_key)
    return Opener(identity.booking_stream(booking.id), box, booking.erased)


def masked(booking: Booking) -> Opener:
    """Return what shows nothing personal, for those who may not see it."""
    return Opener(identity.booking_stream(booking.id), None)

"""Answers kept under `Idempotency-Key`s: the same request gets its first answer again.

They are kept in the commit of what they answer, so a key and its effect are one.
"""

from collections.abc import Mapping

import msgspec

from application import sealing
from application.answers import Answer, Answered, Refused, Result, Shown
from application.calls import AnyCall, Call, KeyReused, UploadCall
from application.failures import Unreadable
from application.scene import Scene
from application.stored import Append, KeptAnswer, KeyId, NewAnswer, Upload
from domain import identity
from domain.booking import Booking
from domain.structs import replace


class Filed(Answer, frozen=True, kw_only=True):
    """An answer as it is kept; `sealed_by` tells its owner's key from a later one.

    An owner who was erased may come back, and has another key then.
    """

    sealed_by: bytes | None = None


class _Seal(msgspec.Struct, frozen=True, kw_only=True):
    sealed_by: bytes | None = None


_encoder = msgspec.json.Encoder()
_answers = msgspec.json.Decoder(Answer)
_seals = msgspec.json.Decoder(_Seal)


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An answer whose position is `position`, or that of `ordinal` in the append."""

    answer: Answer
    owner_key: bytes | None = None
    is_replay: bool = False
    ordinal: int | None = None
    position: int | None = None

    def after(self, base: int) -> Answered:
        """Return the answer, the log's last position before the batch being `base`."""
        position = self.position if self.ordinal is None else base + self.ordinal
        return Answered(
            answer=self.answer,
            position=position or 0,
            owner_key=self.owner_key,
            is_replay=self.is_replay,
        )


class Kept:
    """The answers that the store has, and those of the batch, which go to `append`.

    `sealed_by` names keys that were wrapped anew, by how they are wrapped now.
    """

    def __init__(
        self,
        stored: dict[KeyId, KeptAnswer],
        append: Append,
        sealed_by: Mapping[bytes, bytes],
    ) -> None:
        self._stored = stored
        self._append = append
        self._sealed_by = sealed_by
        self._new: dict[KeyId, tuple[bytes, Pending]] = {}

    def find(self, call: AnyCall, owner_key: bytes | None) -> Pending | None:
        """Return the first answer under the call's key; `owner_key` opens it.

        Raises `KeyReused` when that was another request's, and `Unreadable`.
        """
        if call.key is None:
            return None
        if call.key in self._new:
            fingerprint, pending = self._new[call.key]
        elif call.key in self._stored:
            kept = self._stored[call.key]
            fingerprint = kept.fingerprint
            pending = self._pending(kept, owner_key)
        else:
            return None
        if fingerprint != call.fingerprint:
            raise KeyReused
        return replace(pending, is_replay=True)

    def keep(self, call: AnyCall, pending: Pending) -> None:
        if call.key is None:
            return
        self._new[call.key] = (call.fingerprint, pending)
        filed = Filed(
            **msgspec.structs.asdict(pending.answer),
            sealed_by=self._seal(pending.owner_key),
        )
        self._append.answers.append(
            NewAnswer(
                key=call.key,
                fingerprint=call.fingerprint,
                answer=_encoder.encode(filed),
                at=call.at,
                ordinal=pending.ordinal,
                position=pending.position,
            )
        )

    def _pending(self, kept: KeptAnswer, owner_key: bytes | None) -> Pending:
        try:
            answer = _answers.decode(kept.answer)
            sealed_by = _seals.decode(kept.answer).sealed_by
        except msgspec.DecodeError as error:
            raise Unreadable(f"a kept answer: {error}") from error
        is_its_key = sealed_by in {None, self._seal(owner_key)}
        return Pending(
            answer=answer,
            owner_key=owner_key if is_its_key else None,
            position=kept.position,
        )

    def _seal(self, owner_key: bytes | None) -> bytes | None:
        """Return what tells an owner's key from others, and nothing of it."""
        if owner_key is None:
            return None
        return self._sealed_by.get(owner_key) or sealing.name(owner_key)


def pending(
    call: Call | UploadCall,
    booking: Booking | None,
    at: Scene,
    *,
    status: int,
    shown: Shown | None = None,
    result: Result | None = None,
    refused: Refused | None = None,
    upload: Upload | None = None,
) -> Pending:
    """Return the answer to a call on `booking`, at the end of its stream."""
    end = at.ends.of(identity.booking_stream(call.booking_id))
    return Pending(
        answer=Answer(
            status=status,
            request_id=call.request_id,
            generated_at=call.at,
            shown=shown,
            result=result,
            refused=refused,
            upload=upload,
        ),
        owner_key=None if booking is None else at.keyring.wrapped(booking.owner),
        ordinal=end.ordinal,
        position=end.position,
    )

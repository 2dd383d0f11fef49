"""A batch of calls decided one after the other against what was loaded for all of them.

No I/O: what it returns is one `Append`. A call that fails leaves nothing in it, but for
the facts of the clock that it met; each call sees what those before it in the batch
did.
"""

from typing import assert_never

from application import deciding, erasing, governing, receiving
from application.calls import (
    AnyCall,
    Call,
    EraseCall,
    Fault,
    Forbidden,
    KeyReused,
    NotFound,
    PreconditionFailed,
    UploadCall,
    WorkshopCall,
)
from application.failures import Unreadable
from application.kept import Kept, Pending
from application.scene import Scene
from application.sealing import Vault
from application.stored import Append, Loaded
from domain.errors import Refusal


class Batch:
    """Decides calls; `append` is what they add up to."""

    def __init__(self, loaded: Loaded, vault: Vault) -> None:
        self._scene = Scene(loaded, vault)
        self._kept = Kept(loaded.keys, self._scene.append, loaded.sealed_by)

    @property
    def has_let_go(self) -> bool:
        """Whether a slot was taken that the batch holds no more at its end."""
        return self._scene.has_let_go

    @property
    def append(self) -> Append:
        return self._scene.append

    def run(self, call: AnyCall) -> Pending | Exception:
        """Return the answer to `call`, or why it has none."""
        try:
            return self._run(call)
        except (
            NotFound,
            Forbidden,
            PreconditionFailed,
            KeyReused,
            Unreadable,
            Refusal,
        ) as answer:
            return answer
        except Exception as cause:  # noqa: BLE001 - one call fails, the batch goes on
            fault = Fault(str(call.command_id))
            fault.__cause__ = cause
            return fault

    def _run(self, call: AnyCall) -> Pending:
        match call:
            case Call():
                return deciding.change(call, self._scene, self._kept)
            case UploadCall():
                return receiving.take(call, self._scene, self._kept)
            case WorkshopCall():
                return governing.change(call, self._scene, self._kept)
            case EraseCall():
                return erasing.erase(call, self._scene)
            case _:
                assert_never(call)

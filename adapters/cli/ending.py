"""How a process ends that goes on by itself: a signal, or what no call caused.

Its one law: once it is to end, it does, whatever does not answer.
"""

import os
import signal
from threading import Timer

import structlog

from adapters.cli import output
from application.failures import EpochChanged

FATAL = 70
UNREACHABLE = 3
# What is left, once the grace is over, to close what was open.
LAST_SECONDS = 2.0


class Ending:
    """Ends the process as a signal does, and remembers why."""

    def __init__(self) -> None:
        self._cause: BaseException | None = None
        self.is_leaving = False

    def leave(self, seconds: float) -> float:
        """Note that a signal came; return for how long all may go on as before.

        What ends by itself could answer nobody meanwhile.
        """
        self.is_leaving = True
        return 0.0 if self._cause is not None else seconds

    def begin(self, cause: BaseException) -> None:
        if self._cause is None:
            self._cause = cause
            structlog.get_logger().error("ending", exc_info=cause)
            os.kill(os.getpid(), signal.SIGTERM)

    def within(self, seconds: float) -> None:
        """End the process after so long, if it still is there: a thread may hang."""
        last = Timer(seconds, self._now)
        last.daemon = True
        last.start()

    def _now(self) -> None:
        output.say("Ended while the store did not answer.")
        os._exit(UNREACHABLE if self._cause is None else FATAL)

    def tell(self) -> None:
        """Raise what the command ends with, unless a signal alone ended it."""
        if self._cause is not None:
            raise output.Failed(_told(self._cause), exit_code=FATAL)


def _told(cause: BaseException) -> str:
    if isinstance(cause, EpochChanged):
        return "Ended, since another release has taken over the store."
    return f"Ended by an error that no call caused: {type(cause).__name__}."

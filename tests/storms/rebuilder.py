"""A process that rebuilds, and kills itself after a step, as `kill -9` would.

`python -m tests.storms.rebuilder URL STEP` ends in STEP, a method of the shadow.
"""

import os
import signal
import sys
from typing import Any

from application.rebuild import rebuild
from tests import stores


def mortal(kind: type[Any], step: str) -> None:
    """Let the process die when `step` is done, before anything else happens."""
    alive = getattr(kind, step)

    def last(self: Any, *args: Any) -> None:
        alive(self, *args)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, step, last)


def main(url: str, step: str) -> None:
    with stores.shadow(url) as shadow:
        mortal(type(shadow), step)
        rebuild(shadow)


if __name__ == "__main__":
    main(*sys.argv[1:])

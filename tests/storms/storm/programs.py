"""A program that is started again whenever it ends, as a supervisor would start it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.programs import BOOKINGS

PAUSE = 0.2  # seconds until a program that ended is started again
GRACE = 30.0  # seconds that a program may take to end
# Well; the store was away; killed, or told to end before it could listen, by us.
EXPECTED = frozenset({0, 3, -signal.SIGKILL, -signal.SIGTERM})


class Program:
    """`bookings` with some words; what it says is added to `log`."""

    def __init__(
        self, name: str, words: Sequence[str], environ: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.endings: list[int] = []
        self.log = log
        self._words, self._environ = words, environ
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    @property
    def unexpected(self) -> list[int]:
        """The exit codes that nothing explains."""
        return [code for code in self.endings if code not in EXPECTED]

    def signal(self, number: signal.Signals) -> None:
        with self._lock, suppress(ProcessLookupError):
            self._process.send_signal(number)

    def end(self) -> None:
        """End it as an operator does, and do not start it again."""
        self._is_over.set()
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        self._keeper.join(GRACE)
        if self._keeper.is_alive():
            self.signal(signal.SIGKILL)
            self._keeper.join()
            # Told apart from a kill of the weather's.
            self.endings[-1] = -signal.SIGABRT

    def _keep(self) -> None:
        while True:
            self.endings.append(self._process.wait())
            with self._lock:
                if self._is_over.is_set():
                    return
                time.sleep(PAUSE)
                self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [BOOKINGS, *self._words],
                env=dict(self._environ) | {"PATH": os.environ["PATH"]},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

"""A program that is started again whenever it ends, as a supervisor would start it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from tests.programs import BOOKINGS
from tests.storms.storm import endings
from tests.storms.storm.endings import Run, Spell

PAUSE = 0.2  # seconds until a program that ended is started again
GRACE = 30.0  # seconds that a program may take to end
# What each says once it works, and ends in its own way when it is told to.
UP: Mapping[str, bytes] = {"serve": b"Serving on", "worker": b"Sweeping."}


class Program:
    """`bookings` with a command; what it says is added to `log`."""

    def __init__(
        self, name: str, command: str, environ: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self.runs: list[Run] = []
        self._command, self._environ = command, environ
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    @property
    def is_up(self) -> bool:
        """Whether it said, since it was last started, that it works."""
        return self.runs[-1].code is None and self._is_up(self.runs[-1])

    def unexplained(self, spells: Iterable[Spell]) -> list[str]:
        """Say how it ended without a cause."""
        found = endings.unexplained(self.runs, spells)
        return [f"{self.name}: {one}" for one in found]

    def signal(self, number: signal.Signals) -> Run:
        """Send it a signal; return the run that got it, unless that is over."""
        with self._lock, suppress(ProcessLookupError):
            if self.runs[-1].code is None:
                self.runs[-1].signals.append((number, time.monotonic()))
                self._process.send_signal(number)
        return self.runs[-1]

    def tell_to_end(self) -> None:
        """Tell it to end, as an operator does, and do not start it again."""
        self._is_over.set()
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)

    def end(self) -> None:
        """Return when it has ended, as it was told to."""
        self._keeper.join(GRACE)
        if self._keeper.is_alive():
            self.signal(signal.SIGKILL)
            self._keeper.join()
            # Told apart from a kill of the weather's.
            self.runs[-1].code = -signal.SIGABRT

    def _keep(self) -> None:
        while True:
            self._note(self.runs[-1], self._process.wait())
            with self._lock:
                if self._is_over.is_set():
                    return
                time.sleep(PAUSE)
                self._process = self._start()

    def _note(self, run: Run, code: int) -> None:
        run.ended, run.is_up = time.monotonic(), self._is_up(run)
        run.code = code
        run.over.set()

    def _is_up(self, run: Run) -> bool:
        with self.log.open("rb") as log:
            log.seek(run.log_begins)
            return UP[self._command] in log.read()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.runs.append(Run(began=time.monotonic(), log_begins=log.tell()))
            return subprocess.Popen(
                [BOOKINGS, self._command],
                env=dict(self._environ) | {"PATH": os.environ["PATH"]},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

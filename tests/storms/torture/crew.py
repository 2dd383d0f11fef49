"""The processes that write and read; those that write are killed and replaced."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import count

import msgspec

from tests.storms.torture.telling import Answered, Met, Seen, Wrote, heard

KILLED = -9
_seen = msgspec.json.Decoder(Seen)


class Crew:
    """Writers of the log up to a position; each fourth writes by commands."""

    def __init__(self, url: str, until: int, writers: int, seed: int) -> None:
        self.told: list[Wrote | Answered] = []
        self.met = Counter[str]()
        self.failures: list[str] = []
        self._url = url
        self._until = until
        self._dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._numbers = count(1)
        self._seed = seed
        self._at_work: list[Hand] = []
        self._was: list[Hand] = []
        for number in range(writers):
            self._hire("caller" if number % 4 == 3 else "writer")
        # All begin at once: those who start first would write it all.
        while self.met["ready"] < writers and not self.is_done():
            time.sleep(0.02)
        for hand in self._at_work:
            hand.go()

    def kill_one(self) -> None:
        """Kill a writer at whatever it does, and let another begin."""
        victim = self._dice.choice(self._at_work)
        self._at_work.remove(victim)
        victim.process.kill()
        self._was.append(victim)
        self.met["killed"] += 1
        self._hire(victim.kind).go()

    def is_done(self) -> bool:
        """Whether all have come to the end, or one failed."""
        codes = [hand.process.poll() for hand in self._at_work]
        return None not in codes or any(codes)

    def end(self) -> None:
        """Wait for those who are done, and note who ended otherwise."""
        for hand in self._at_work:
            if hand.process.poll() is None:
                hand.process.kill()
                self._was.append(hand)
            elif hand.process.returncode:
                self.failures.append(f"a {hand.kind} ended by itself")
        for hand in (*self._at_work, *self._was):
            hand.end()

    def kill(self) -> None:
        """Leave nobody behind."""
        for hand in (*self._at_work, *self._was):
            hand.process.kill()
            hand.end()

    def _hire(self, kind: str) -> "Hand":
        name = f"{self._seed}-{next(self._numbers)}"
        hand = Hand(self, kind, (self._url, name, str(self._until)))
        self._at_work.append(hand)
        return hand


class Hand:
    """A writer; a thread listens to what it tells."""

    def __init__(self, crew: Crew, kind: str, words: Sequence[str]) -> None:
        self.kind = kind
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.storms.torture.{kind}", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._crew = crew
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def go(self) -> None:
        """Let it begin, as soon as it is ready."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            match heard(line):
                case None:
                    pass
                case Met(what=what):
                    self._crew.met[what] += 1
                case told:
                    self._crew.told.append(told)

    def end(self) -> None:
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


class Reader:
    """A reader, which begins before there is anything to read."""

    def __init__(self, kind: str, url: str) -> None:
        self._kind = kind
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.storms.torture.reader", kind, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def seen(self, last: int) -> Seen:
        """Return what it saw, once it has seen the position `last`."""
        out, _ = self._process.communicate(f"{last}\n".encode())
        assert self._process.returncode == 0, f"the reader {self._kind} failed"
        return _seen.decode(out)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

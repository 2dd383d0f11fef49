"""Everybody at once: threads that act, retry, come twice, come late, and hang up."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

import msgspec

from adapters import clock
from tests.storms.storm import acts, rivals, wanted
from tests.storms.storm.acting import Acting
from tests.storms.storm.ledger import KEPT, Ledger, Sent, Shown, Try
from tests.storms.storm.people import Person, Plan
from tests.storms.storm.sending import MINE, PATIENCE, Client, flood
from tests.storms.storm.tour import Tour
from tests.storms.storm.wanted import Pool

THREADS = 14
REST = 0.02  # seconds between what one of them does, at most
FLOOD = 60  # calls of one token at once: more than its limit


class Crowd:
    """Acts from `start()` to `stop()`; what it was told is in `ledger`."""

    def __init__(self, addresses: Sequence[str], plan: Plan, seed: int) -> None:
        self.ledger = Ledger()
        for sent in chain.from_iterable(plan.past.values()):
            self.ledger.note(sent)
        self._addresses, self._plan, self._seed = addresses, plan, seed
        self._pool = Pool()
        self._over, self._seen_all = threading.Event(), threading.Event()
        lives = [partial(self._live, number) for number in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._in_sight, args=[work], daemon=True)
            for work in (*lives, self._flood, self._show_around)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_until_shown_around(self) -> None:
        """Return when every refusal was met once, which is before the weather turns."""
        if not self._seen_all.wait(PATIENCE):
            self.ledger.blame("the tour came to no end")

    def stop(self) -> Ledger:
        """Return when everybody has been answered, or has given up."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self.ledger

    def look_at_all(self, owners: Mapping[int, str]) -> dict[int, Shown]:
        """Return what each owner is shown of each booking, when all is calm."""
        client, shown = Client(self._addresses, self.ledger), dict[int, Shown]()
        people = {one.sub: one for one in (*self._plan.owners, self._plan.guide)}
        for number, owner in owners.items():
            asked = Sent(
                who=owner,
                role="owner",
                method="GET",
                path=f"/api/co/bookings/{number}",
                booking_id=number,
            )
            one = client.insist(asked, people[owner].token, self._over)
            shown[number] = Shown(clock.now(), one.data)
        client.close()
        return shown

    def _in_sight(self, work: Callable[[], None]) -> None:
        """Do `work`; if it fails, what it was told makes no sense."""
        try:
            work()
        except Exception as error:
            self.ledger.blame(f"the crowd fell over {error!r}")
            raise

    def _live(self, number: int) -> None:
        seed = f"{self._seed}/{number}"
        one = _Life(self._addresses, self._plan, self._pool, self.ledger, seed)
        # Whoever is shown around first has the town to himself.
        self._seen_all.wait(PATIENCE)
        while not self._over.is_set():
            one.act(self._over)
            self._over.wait(one.chance.random() * REST)
        one.end()

    def _flood(self) -> None:
        """Ask more often than one may, now and then."""
        person = self._plan.owners[-1]
        while not self._over.is_set():
            asked = Sent(who=person.sub, role="owner", method="GET", path=MINE)
            for _limited in range(flood(self._addresses[0], person.token, FLOOD)):
                told = Try(request_id="", address=self._addresses[0], status=429)
                told.body = {"code": "rate_limited"}
                asked.tries.append(told)
            self.ledger.note(asked)
            self._over.wait(5.0)

    def _show_around(self) -> None:
        """Meet every refusal and every outcome, whatever the others do."""
        client, seed = Client(self._addresses, self.ledger), f"{self._seed}/tour"
        tour = Tour(client, self._plan, self.ledger, self._over, seed)
        while not self._over.is_set():
            tour.go_round()
            self._seen_all.set()
        client.close()


class _Life:
    """One of the crowd, with connections of its own, and a second pair for its twin."""

    def __init__(
        self,
        addresses: Sequence[str],
        plan: Plan,
        pool: Pool,
        ledger: Ledger,
        seed: str,
    ) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
        self._client, self._twin = Client(addresses, ledger), Client(addresses, ledger)
        self._acting = Acting(plan, pool, self.chance)
        self._pool, self._ledger, self._addresses = pool, ledger, addresses
        self._at_once = ThreadPoolExecutor(1)

    def end(self) -> None:
        self._at_once.shutdown()
        self._client.close()
        self._twin.close()

    def act(self, over: threading.Event) -> None:
        if self.chance.random() < LATE:
            self._come_late()
            return
        if self.chance.random() < RIVALS:
            self._clash()
            return
        (act,) = self.chance.choices(_ACTS, _OFTEN)
        drawn = act(self._acting)
        if drawn is None:
            drawn = acts.place(self._acting)
            assert drawn is not None
        person, sent = drawn
        self._ledger.note(sent)
        if not sent.is_write or sent.is_dry:
            self._once(person, sent)
            return
        luck = self.chance.random()
        if luck < HANGS_UP:
            self._client.hang_up(sent, self._anywhere(), person.token)
        elif luck < HANGS_UP + TWICE:
            sent.key = (
                f"twins-{clock.new_id()}" if self.chance.random() < MOSTLY else None
            )
            self._both(person, sent)
        elif luck < HANGS_UP + TWICE + KEYED:
            sent.key = f"once-{clock.new_id()}"
            one = self._client.insist(sent, person.token, over)
            wanted.learn(self._pool, sent, one)
        else:
            self._once(person, sent)

    def _once(self, person: Person, sent: Sent) -> None:
        one = self._client.ask(sent, self._anywhere(), person.token)
        wanted.learn(self._pool, sent, one)
        if one.is_done and sent.role == "owner" and sent.is_write and not sent.is_dry:
            self._read_it(person, one)

    def _both(self, person: Person, sent: Sent) -> None:
        """Send it on two processes at once."""
        here, there = self.chance.sample(list(self._addresses), 2)
        twin = self._at_once.submit(self._twin.ask, sent, there, person.token)
        wanted.learn(self._pool, sent, self._client.ask(sent, here, person.token))
        wanted.learn(self._pool, sent, twin.result())

    def _clash(self) -> None:
        """Send two that exclude each other on two processes at once."""
        pair = self.chance.choice(rivals.PAIRS)(self._acting)
        if pair is None:
            return
        here, there = self.chance.sample(list(self._addresses), 2)
        (person, first), (other, second) = pair
        for sent in (first, second):
            sent.key = f"rivals-{clock.new_id()}"
            self._ledger.note(sent)
        later = self._at_once.submit(self._twin.ask, second, there, other.token)
        wanted.learn(self._pool, first, self._client.ask(first, here, person.token))
        wanted.learn(self._pool, second, later.result())

    def _come_late(self) -> None:
        """Send an old key again: as it was, or with another body."""
        known = self._ledger.keyed()
        if not known:
            return
        old = self.chance.choice(known)
        person = self._who(old)
        if person is None:
            return
        if self.chance.random() < REUSES and isinstance(old.body, dict):
            other = msgspec.structs.replace(
                old, body=old.body | {"message": {"text": "Another."}}, tries=[]
            )
            self._ledger.note(other)
            self._client.ask(other, self._anywhere(), person.token)
            return
        is_kept = any(one.status in KEPT for one in old.answers)
        one = self._client.ask(old, self._anywhere(), person.token)
        if is_kept and one.is_answered and not one.is_replay:
            self._ledger.blame(f"{one.request_id}: a known key was answered anew")

    def _read_it(self, person: Person, told: Try) -> None:
        """See what was just told, on another process."""
        path = f"/api/co/bookings/{told.data['id']}"
        asked = Sent(who=person.sub, role="owner", method="GET", path=path)
        elsewhere = [one for one in self._addresses if one != told.address]
        seen = self._client.ask(asked, self.chance.choice(elsewhere), person.token)
        self._ledger.note(asked)
        if seen.is_answered and seen.reached < told.reached:
            self._ledger.blame(
                f"{told.request_id}: {told.reached} was told, and then {seen.reached}"
                f" was shown ({seen.status})"
            )

    def _who(self, sent: Sent) -> Person | None:
        plan = self._acting.plan
        everybody = (*plan.owners, *plan.staff.values(), *plan.managers.values())
        return next((one for one in everybody if one.sub == sent.who), None)

    def _anywhere(self) -> str:
        return self.chance.choice(self._addresses)


_ACTS = [act for act, _often in acts.WEIGHTS]
_OFTEN = [often for _act, often in acts.WEIGHTS]
LATE, REUSES, RIVALS = 0.08, 0.3, 0.12
HANGS_UP, TWICE, KEYED = 0.04, 0.25, 0.35
MOSTLY = 0.7

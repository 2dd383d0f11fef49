"""What is held at the end of a history: lists, threads, the past, verify, rebuild."""

from itertools import product

from domain.booking import Status
from domain.changes import RequestStatus
from tests.properties import harness, seeing
from tests.properties.driver import Telling
from tests.properties.naming import ORGS, OWNERS
from tests.properties.terms import instant


class LookingBack(Telling):
    """Looks back on the whole history, and closes the stores then."""

    def teardown(self) -> None:
        try:
            self._look_back()
        finally:
            for opened in self.opened:
                self.runner.run(opened.close())
            self.runner.close()

    def _look_back(self) -> None:
        """Hold replay, verify, lists and rebuild against what was told on the way."""
        self.model.tick(self.now)
        for opened in self.opened:
            self._must_show_all(opened)
            self._must_remember(opened)
            self.swept(opened)
            self._must_show_all(opened)
            self._must_remember(opened)
        first, second = self.opened
        for number, booked in self.model.bookings.items():
            trail = first.replayed(number)
            assert trail == second.replayed(number)
            assert seeing.facts(trail[-1]) == seeing.expected_facts(booked)
        for opened in self.opened:
            before = self.shown(opened)
            assert opened.verify() == ()
            opened.rebuild()
            assert opened.verify() == ()
            assert self.shown(opened) == before
            self._must_show_all(opened)

    def _must_show_all(self, opened: harness.Opened) -> None:
        """Hold threads, requests and lists to what the model has of them."""
        now, model = instant(self.now), self.model
        for number, booked in model.bookings.items():
            thread = self.runner.run(opened.thread(number))
            assert thread == seeing.expected_thread(booked)
            requests = self.runner.run(opened.requests(number, now))
            assert requests == seeing.expected_requests(model.requests, number)
        for owner, status in product(OWNERS, Status):
            found = self.runner.run(opened.listed(owner, status, now))
            assert found == {
                number
                for number, booked in model.bookings.items()
                if (booked.owner, booked.status) == (owner, status.value)
            }
        for org_nr, status in product(ORGS, Status):
            found = self.runner.run(opened.listed_by_workshop(org_nr, status, now))
            assert found == {
                number
                for number, booked in model.bookings.items()
                if (booked.org_nr, booked.status) == (org_nr, status.value)
            }
        for org_nr, end in product(ORGS, RequestStatus):
            asked = self.runner.run(opened.asked_of_workshop(org_nr, end, now))
            assert sorted(asked) == sorted(
                one.id
                for one in model.requests.values()
                if one.status == end.value
                and model.bookings[one.number].org_nr == org_nr
            )

    def _must_remember(self, opened: harness.Opened) -> None:
        """Hold each booking as of a minute to what was shown when it was over."""
        times = [instant(at) for at in self.shown_at]
        for number in self.numbered:
            found = self.runner.run(opened.past(number, times))
            shown = [facts.get(number) for facts in self.shown_at.values()]
            assert list(map(seeing.impersonal, found)) == list(
                map(seeing.impersonal, shown)
            )

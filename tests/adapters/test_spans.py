"""What becomes a span, of whom it is a child, and to whom it is linked."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import StatusCode

from adapters.http.telling import NONE, Answered
from adapters.spans import Request, Spans
from application.calls import Call, Fault
from application.sweeping import Swept
from application.watching import Tried
from tests.examples import BOOKING_ID, MONDAY, OWNER, uuid

CALLERS = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-%b"
SAMPLED, UNSAMPLED = CALLERS % b"01", CALLERS % b"00"
ROUTE = "/api/co/bookings/{booking_id}"


class Seen:
    """Spans that were made, by their names."""

    def __init__(self, work: Callable[[Spans], None], ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)))
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))

        async def run() -> None:
            work(Spans(provider))

        asyncio.run(run())
        provider.shutdown()

    @property
    def names(self) -> list[str]:
        return [span.name for span in self._exporter.get_finished_spans()]

    def of(self, name: str) -> list[ReadableSpan]:
        return [s for s in self._exporter.get_finished_spans() if s.name == name]

    def only(self, name: str) -> ReadableSpan:
        (span,) = self.of(name)
        return span


def call(request_id: UUID) -> Call:
    return Call(
        command_id=uuid(9),
        request_id=request_id,
        at=MONDAY,
        actor=OWNER,
        booking_id=BOOKING_ID,
    )


def answer(
    request: Request,
    number: int,
    *,
    status: int | None = 200,
    code: str | None = None,
    method: str = "PUT",
    route: str = ROUTE,
) -> None:
    request.answered(
        Answered(
            request_id=uuid(number),
            trace_id=request.trace_id,
            method=method,
            route=route,
            status=status,
            code=code,
            seconds=0.1,
        )
    )


def commit(spans: Spans, *numbers: int, tries: int = 1) -> None:
    """Tell `spans` of a batch of the calls of such requests."""
    calls = [call(uuid(number)) for number in numbers]
    for turn in range(tries):
        spans.tried(Tried(calls, turn > 0, 1.0, 1.5, 1.75, 2.0))
        if turn < tries - 1:
            spans.conflicted(len(calls))
    spans.committed(len(calls), 1.0)


def span_id(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.span_id


def parent_id(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def linked(span: ReadableSpan) -> list[int]:
    return [link.context.span_id for link in span.links]


def test_a_batch_is_a_child_of_its_first_call_and_linked_to_all():
    def work(spans: Spans) -> None:
        requests = {number: spans.began(uuid(number), b"") for number in (1, 2)}
        commit(spans, 1, 2)
        for number, request in requests.items():
            answer(request, number)

    seen = Seen(work)
    first, second = seen.of(f"PUT {ROUTE}")
    batch = seen.only("batch")
    assert parent_id(first) is parent_id(second) is None
    assert parent_id(batch) == span_id(first)
    assert linked(batch) == [span_id(first), span_id(second)]
    assert linked(first) == linked(second) == [span_id(batch)]
    assert dict(batch.attributes or {}) == {"bookings.calls": 2, "bookings.tries": 1}


def test_each_try_has_its_stages_and_tells_whether_it_was_locked():
    def work(spans: Spans) -> None:
        request = spans.began(uuid(1), b"")
        commit(spans, 1, tries=2)
        answer(request, 1)

    seen = Seen(work)
    batch = seen.only("batch")
    assert (batch.attributes or {})["bookings.tries"] == 2
    for stage in ("load", "decide", "commit"):
        free, locked = seen.of(stage)
        assert parent_id(free) == parent_id(locked) == span_id(batch)
        assert (free.attributes or {})["bookings.locked"] is False
        assert (locked.attributes or {})["bookings.locked"] is True
    assert [(s.end_time or 0) - (s.start_time or 0) for s in seen.of("commit")] > [0, 0]


def test_a_batch_that_nobody_samples_is_no_trace_of_its_own():
    def work(spans: Spans) -> None:
        request = spans.began(uuid(1), UNSAMPLED)
        commit(spans, 1)
        answer(request, 1)

    assert Seen(work).names == []


def test_a_batch_is_of_the_first_call_that_is_sampled():
    def work(spans: Spans) -> None:
        requests = [spans.began(uuid(1), UNSAMPLED), spans.began(uuid(2), SAMPLED)]
        commit(spans, 1, 2)
        for number, request in enumerate(requests, 1):
            answer(request, number)

    seen = Seen(work, ratio=0.0)
    request = seen.only(f"PUT {ROUTE}")
    assert parent_id(seen.only("batch")) == span_id(request)
    assert linked(seen.only("batch")) == [span_id(request)]


def test_a_batch_of_no_request_begins_a_trace_where_those_are_sampled():
    assert Seen(lambda spans: commit(spans, 7)).names[-1] == "batch"
    assert Seen(lambda spans: commit(spans, 7), ratio=0.0).names == []


def test_who_was_answered_is_linked_to_nothing_any_more():
    def work(spans: Spans) -> None:
        earlier, later = (spans.began(uuid(1), b"") for _twice_by_one_id in range(2))
        answer(earlier, 1)
        commit(spans, 1)
        answer(later, 1)
        commit(spans, 1)

    seen = Seen(work)
    earlier, later = seen.of(f"PUT {ROUTE}")
    first, second = seen.of("batch")
    assert linked(earlier) == []
    assert linked(first) == [span_id(later)]
    assert linked(second) == []


def test_a_batch_that_was_not_tried_is_none():
    assert Seen(lambda spans: spans.committed(1, 0.1)).names == []


def test_an_answer_is_an_error_when_the_fault_is_ours():
    def work(spans: Spans) -> None:
        answer(spans.began(uuid(1), b""), 1, status=409, code="slot_taken")
        answer(spans.began(uuid(2), b""), 2, status=503, code="unavailable")
        answer(spans.began(uuid(3), b""), 3, status=None, method=NONE, route=NONE)

    seen = Seen(work)
    refused, failed = seen.of(f"PUT {ROUTE}")
    unheard = seen.only("HTTP")
    assert refused.status.status_code is unheard.status.status_code is StatusCode.UNSET
    assert failed.status.status_code is StatusCode.ERROR
    assert (refused.attributes or {})["bookings.code"] == "slot_taken"
    assert (failed.attributes or {})["error.type"] == "unavailable"
    assert dict(unheard.attributes or {}) == {
        "http.request.method": "_OTHER",
        "bookings.request_id": str(uuid(3)),
    }


def test_a_sweep_that_did_something_is_a_trace_and_one_that_did_not_is_none():
    def work(spans: Spans) -> None:
        spans.swept("facts", Swept(done=0, is_all=True), 0.1)
        spans.swept("facts", Swept(done=2, is_all=True), 0.5)
        spans.swept("used-up keys", Swept(done=0, is_all=True, faults=(Fault("1"),)), 1)
        spans.swept_all()

    seen = Seen(work)
    facts, keys = seen.only("sweep facts"), seen.only("sweep used-up keys")
    assert len(seen.names) == 2
    assert dict(facts.attributes or {}) == {"bookings.done": 2, "bookings.faults": 0}
    assert (facts.end_time or 0) - (facts.start_time or 0) == 500_000_000
    assert facts.status.status_code is StatusCode.UNSET
    assert keys.status.status_code is StatusCode.ERROR

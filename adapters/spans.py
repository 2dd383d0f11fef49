"""Spans of requests, batches and sweeps, which a thread of its own sends over OTLP.

Its one law: a span has names of ours and numbers, never what a caller sent; and whoever
collects them may hang or be gone, which costs nobody an answer.
"""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from threading import Thread
from time import time_ns
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import (
    TraceContextTextMapPropagator,
)

from adapters.http.telling import NONE, Answered
from adapters.settings import SettingsError
from application.calls import AnyCall
from application.sweeping import Swept
from application.watching import Tried

# How long an end waits for what is still to be sent.
LAST_SECONDS = 1.0
_SERVER_ERROR = 500
_NANO = 1_000_000_000
_CALLER = TraceContextTextMapPropagator()


@contextmanager
def sending(environ: Mapping[str, str]) -> Generator["Spans"]:
    """Yield what makes spans; they are sent meanwhile, and the last ones at the end.

    All else that the standard's variables say is heeded by its own library. Raises
    `SettingsError`.
    """
    provider = TracerProvider(resource=_resource(environ), shutdown_on_exit=False)
    try:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    except ValueError as error:
        raise SettingsError(f"A variable OTEL_… cannot be meant: {error}") from None
    try:
        yield Spans(provider)
    finally:
        # Whoever collects may hang; what is not sent then is lost.
        last = Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_SECONDS)


class Request:
    """The span of one request; it ends with the answer."""

    def __init__(self, span: Span, spans: "Spans", request_id: UUID) -> None:
        self.span = span
        self._spans = spans
        self._id = request_id

    @property
    def trace_id(self) -> str:
        return trace.format_trace_id(self.span.get_span_context().trace_id)

    def answered(self, answered: Answered) -> None:
        self._spans.forget(self._id, self)
        if not self.span.is_recording():
            return
        method = "HTTP" if answered.method == NONE else answered.method
        route = None if answered.route == NONE else answered.route
        self.span.update_name(method if route is None else f"{method} {route}")
        for name, value in (
            ("http.request.method", "_OTHER" if method == "HTTP" else method),
            ("http.route", route),
            ("http.response.status_code", answered.status),
            ("bookings.code", answered.code),
            ("bookings.request_id", str(answered.request_id)),
        ):
            if value is not None:
                self.span.set_attribute(name, value)
        if answered.status is not None and answered.status >= _SERVER_ERROR:
            self.span.set_attribute("error.type", answered.code or str(answered.status))
            self.span.set_status(StatusCode.ERROR)
        self.span.end()


class Spans:
    """Makes spans; it is a `Watch` of commits and of sweeps too."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("bookings")
        self._open: dict[UUID, Request] = {}
        self._tries: list[Tried] = []

    def began(self, request_id: UUID, parent: bytes) -> Request:
        """Begin the span of a request; `parent` is its `traceparent`, if it has one."""
        context = _CALLER.extract({"traceparent": parent.decode("latin-1")}, Context())
        span = self._tracer.start_span("HTTP", context, kind=SpanKind.SERVER)
        begun = self._open[request_id] = Request(span, self, request_id)
        return begun

    def forget(self, request_id: UUID, request: Request) -> None:
        """Link no batch to `request` any more; another may have come by its id."""
        if self._open.get(request_id) is request:
            del self._open[request_id]

    def tried(self, tried: Tried) -> None:
        self._tries.append(tried)

    def committed(self, calls: int, seconds: float) -> None:
        del calls, seconds
        tries, self._tries = self._tries, []
        if tries:
            self._batch(tries)

    def conflicted(self, calls: int) -> None:
        """Do nothing: each try is told of."""

    def replayed(self, calls: int) -> None:
        """Do nothing: each is a request with a span of its own."""

    def swept(self, what: str, swept: Swept, seconds: float) -> None:
        """Make a span of a step that did something."""
        if not (swept.done or swept.faults):
            return
        now = time_ns()
        span = self._tracer.start_span(
            f"sweep {what}", Context(), start_time=now - int(seconds * _NANO)
        )
        span.set_attribute("bookings.done", swept.done)
        span.set_attribute("bookings.faults", len(swept.faults))
        if swept.faults:
            span.set_status(StatusCode.ERROR)
        span.end(now)

    def swept_all(self) -> None:
        """Do nothing."""

    def _batch(self, tries: Sequence[Tried]) -> None:
        """Make the span of a batch: a child of its first request, and linked to all.

        A request that nobody samples asks for none; what no request asked for is the
        beginning of a trace.
        """
        calls = tries[0].calls
        waiting = self._requests(calls)
        sampled = [span for span in waiting if span.is_recording()]
        if waiting and not sampled:
            return
        context = trace.set_span_in_context(sampled[0]) if sampled else Context()
        batch = self._tracer.start_span(
            "batch",
            context,
            links=[Link(span.get_span_context()) for span in sampled],
            attributes={
                "bookings.calls": len(calls),
                "bookings.tries": len(tries),
            },
            start_time=_at(tries[0].began),
        )
        for span in sampled:
            span.add_link(batch.get_span_context())
        for tried in tries:
            self._stages(batch, tried)
        batch.end(_at(tries[-1].ended))

    def _requests(self, calls: Sequence[AnyCall]) -> list[Span]:
        found = (self._open.get(call.request_id) for call in calls)
        return [request.span for request in found if request is not None]

    def _stages(self, batch: Span, tried: Tried) -> None:
        context = trace.set_span_in_context(batch)
        for stage, began, ended in tried.stages():
            span = self._tracer.start_span(
                stage,
                context,
                attributes={
                    "bookings.calls": len(tried.calls),
                    "bookings.locked": tried.locked,
                },
                start_time=_at(began),
            )
            span.end(_at(ended))


def _at(moment: float) -> int:
    """Return a moment of the event loop as nanoseconds since 1970."""
    passed = asyncio.get_running_loop().time() - moment
    return time_ns() - int(passed * _NANO)


def _resource(environ: Mapping[str, str]) -> Resource:
    """Return who sends the spans, under the name that the environment gives it."""
    own = {SERVICE_VERSION: metadata.version("bookings")}
    named = environ.get("OTEL_SERVICE_NAME", "") + environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    if "OTEL_SERVICE_NAME" not in environ and f"{SERVICE_NAME}=" not in named:
        own[SERVICE_NAME] = "bookings"
    return Resource.create(own)

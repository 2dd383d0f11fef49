"""Problems: their shape, the table of their codes, and what they never show."""

import pytest
import structlog
from litestar.types import HTTPScope

from adapters.http import arrival, problems
from adapters.http.arrival import Arrival
from adapters.http.problems import KINDS, Problem
from application import calls, checks, failures
from domain.errors import ORDER, Refusal
from tests.adapters.http.asking import ask, bearer
from tests.adapters.http.tiny import APP
from tests.examples import MONDAY, TUESDAY, uuid

CAME = Arrival(request_id=uuid(1), received_at=TUESDAY)


def _refusals(of: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [sub for child in of.__subclasses__() for sub in (child, *_refusals(child))]


def test_a_problem_can_be_read_by_both_kinds_of_client():
    answer = ask(APP, "/nowhere")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.json() == {
        "type": "/problems/not_found",
        "title": "There is no such thing.",
        "status": 404,
        "detail": "There is no such thing.",
        "instance": "/nowhere",
        "code": "not_found",
        "errors": [],
        "request_id": str(uuid(77)),
        "generated_at": "2026-06-01T08:00:00Z",
        "error": {"code": "not_found", "message": "There is no such thing."},
    }


def test_each_problem_of_a_handler_has_that_shape_too():
    from_edge = ask(APP, "/nowhere")
    from_handler = ask(APP, "/api/co/bookings/1")

    assert from_handler.headers["content-type"] == "application/problem+json"
    assert list(from_handler.json()) == list(from_edge.json())


@pytest.mark.parametrize("refusal", _refusals(), ids=lambda refusal: refusal.code)
def test_each_refusal_is_a_conflict_in_the_table(refusal: type[Refusal]):
    assert KINDS[refusal.code].status == 409


def test_the_table_has_no_conflict_that_nobody_refuses_with():
    conflicts = {code for code, kind in KINDS.items() if kind.status == 409}

    assert conflicts == {refusal.code for refusal in ORDER}


def scope() -> HTTPScope:
    # Only these members are read of a scope.
    scope: HTTPScope = {"method": "PUT", "raw_path": b"/a"}  # type: ignore[typeddict-item]
    arrival.remember(scope, Arrival(request_id=uuid(77), received_at=MONDAY))
    return scope


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (calls.NotFound(), "not_found", 404),
        (calls.PreconditionFailed(), "precondition_failed", 412),
        (calls.KeyReused(), "idempotency_key_reused", 422),
        (calls.Busy(), "unavailable", 503),
        (calls.Fault("7"), "internal", 500),
        (failures.Conflict(), "unavailable", 503),
        (failures.Unavailable(), "unavailable", 503),
        (failures.OutcomeUnknown(), "unavailable", 503),
        (failures.EpochChanged(), "unavailable", 503),
        (ValueError("secret"), "internal", 500),
        (checks.InvalidBody([]), "invalid_body", 422),
    ],
    ids=repr,
)
def test_what_the_application_raises_has_its_problem(
    error: Exception, code: str, status: int
):
    rendered = problems.render(problems.of(error, scope()), scope())

    assert (problems.of(error, scope()).code, rendered.status) == (code, status)
    assert (rendered.headers.get("retry-after") == "1") == (status == 503)


def test_an_unknown_outcome_is_told_from_none():
    def detail(error: Exception) -> str:
        return problems.of(error, scope()).detail

    assert detail(failures.OutcomeUnknown()) == "Whether it happened is not known yet."
    assert detail(failures.Unavailable()) == KINDS["unavailable"].title


def test_a_replay_shows_the_first_request_and_says_so():
    problem = Problem("slot_taken", first=CAME)
    shown = problems.body(
        problem, "/a", Arrival(request_id=uuid(2), received_at=MONDAY)
    )

    assert shown.request_id == CAME.request_id
    assert shown.generated_at == CAME.received_at
    assert shown.idempotent_replay is True


def test_a_fault_is_logged_with_its_request_and_never_shown():
    with structlog.testing.capture_logs() as logs:
        answer = ask(APP, "/fault?secret=1")

    assert answer.status_code == 500
    assert "SELECT" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["detail"] == KINDS["internal"].title
    (log,) = logs
    assert log["request_id"] == str(uuid(77))
    assert log["path"] == "/fault"
    assert "SELECT secret" in str(log["exc_info"])


def test_a_status_that_no_code_has_is_a_fault():
    with structlog.testing.capture_logs() as logs:
        assert ask(APP, "/teapot").status_code == 500
    assert len(logs) == 1


def test_a_client_that_errs_is_not_logged():
    with structlog.testing.capture_logs() as logs:
        ask(APP, "/nowhere")
        ask(APP, "/api/co/bookings/1", "DELETE")
        ask(APP, "/api/co/bookings/1", headers={"authorization": "x"})
        ask(APP, "/api/co/bookings/1", "PUT", headers=bearer(), content=b"{")

    assert logs == []

"""What anyone can ask of a running process."""

from adapters.http import health
from adapters.http.openapi.operation import Answer, Operation, Tag

OPERATIONS = (
    Operation(
        name="live",
        method="get",
        path="/health/live",
        tag=Tag.OPERATION,
        summary="Whether the process lives",
        description="It answers, whatever its store does.",
        answers=(
            Answer(
                description="It does.", shown={"live": health.Health(status="live")}
            ),
        ),
    ),
    Operation(
        name="ready",
        method="get",
        path="/health/ready",
        tag=Tag.OPERATION,
        summary="Whether calls are answered here",
        description="503 when the store does not answer, and before the process ends.",
        answers=(
            Answer(
                description="It does.", shown={"ready": health.Health(status="ready")}
            ),
        ),
    ),
    Operation(
        name="describe",
        method="get",
        path="/schema/openapi.json",
        tag=Tag.OPERATION,
        summary="This document",
        description="The description of the API, in OpenAPI 3.1.",
        answers=(Answer(description="The document.", media=("application/json",)),),
    ),
)

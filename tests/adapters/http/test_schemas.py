"""Bodies as they are documented, held against the checks of them."""

from typing import Any

import msgspec
import pytest

from adapters.http import schemas
from application.checks import InvalidBody
from tests.sent import CORRUPTIONS, SENT, Corruption, Sent

PARSE = {sent.schema: sent.parse for sent in SENT}
SHOWN = [(sent, wrong) for sent, wrong in CORRUPTIONS if wrong.shown]
EXAMPLES = [
    pytest.param(schema, body, id=f"{schema.__name__} {name}")
    for schema, examples in schemas.EXAMPLES.items()
    for name, body in examples.items()
]


def test_each_body_is_documented_with_examples():
    assert PARSE.keys() == schemas.EXAMPLES.keys()


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
def test_what_is_checked_as_right_is_documented_as_right(sent: Sent):
    assert msgspec.convert(sent.full, sent.schema)


@pytest.mark.parametrize(("sent", "wrong"), SHOWN)
def test_what_is_documented_as_wrong_is_checked_as_wrong(sent: Sent, wrong: Corruption):
    body = sent.corrupted(wrong)

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, sent.schema)
    with pytest.raises(InvalidBody):
        sent.parse(body)


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
def test_what_must_be_there_is_documented_so(sent: Sent):
    ((reference,), components) = msgspec.json.schema_components([sent.schema])
    shown: dict[str, Any] = components[reference["$ref"].removeprefix("#/$defs/")]
    needed = set(shown["required"]) - {"status", "mark"}

    assert needed == set(sent.required)
    assert shown["additionalProperties"] is False
    # With an override a move must be there, and so on: schemas do not say that.
    assert set(sent.full) <= shown["properties"].keys()


@pytest.mark.parametrize(("schema", "body"), EXAMPLES)
def test_each_example_is_right(schema: type, body: dict[str, Any]):
    msgspec.convert(body, schema)

    assert PARSE[schema](body) is not None

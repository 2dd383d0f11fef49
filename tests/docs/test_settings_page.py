"""The page of the settings names each of them once, with its default and its limits."""

import re
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Meta
from msgspec.structs import FieldInfo

from adapters.secret_files import SUFFIX
from adapters.settings import SECRETS, Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/settings.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Settings)}


def test_each_setting_has_one_row():
    assert sorted(name for name, *_rest in ROWS) == sorted(FIELDS)


@pytest.mark.parametrize(("name", "default", "meaning"), ROWS)
def test_a_row_tells_the_default_and_the_limits(name: str, default: str, meaning: str):
    field = FIELDS[name]

    assert default == shown(field.default)
    for limits in metas(field):
        if limits.ge is not None:
            assert f"{limits.ge} to {limits.le}" in meaning


def shown(default: Any) -> str:
    """Return a default as the page writes it."""
    match default:
        case None:
            return "none"
        case False:
            return "off"
        case float() if default.is_integer():
            return str(int(default))
        case str():
            return f"`{default}`"
        case _:
            return str(default)


def metas(field: FieldInfo) -> list[Meta]:
    """Return the limits that a field's type has, also where it may be None."""
    hint = get_type_hints(Settings, include_extras=True)[field.name]
    parts = [hint] if get_origin(hint) is Annotated else list(get_args(hint))
    return [
        found
        for part in parts
        if get_origin(part) is Annotated
        for found in get_args(part)[1:]
        if isinstance(found, Meta)
    ]


def test_the_limits_are_found_where_there_are_any():
    assert sum(bool(metas(field)) for field in FIELDS.values()) >= 8


def test_each_secret_that_a_file_may_hold_is_named():
    named = set(re.findall(rf"`(\w+){SUFFIX}`", PAGE))

    assert named == set(SECRETS)


def test_each_variable_that_a_page_names_is_a_setting():
    known = set(FIELDS) | {name + SUFFIX for name in SECRETS}
    for page in (ROOT / "docs").rglob("*.md"):
        named = set(re.findall(r"\bBOOKINGS_[A-Z0-9_]+\b", page.read_text()))
        assert named - known == set(), page.name

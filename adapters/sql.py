"""SQL lives in `.sql` files, in blocks headed `-- name: …`; here they are read.

A statement is found by its name or the import fails: there is no SQL in strings.
"""

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_HEADING = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(package: str, file: str = "statements.sql") -> Mapping[str, str]:
    """Return the statements of one file of a package, by name."""
    return parse(resources.files(package).joinpath(file).read_text("utf-8"))


def parse(text: str) -> Mapping[str, str]:
    r"""Split `text` at its headings; comments stay out of the statements.

    >>> parse("-- name: ping\n-- Is it there?\nSELECT 1;\n")["ping"]
    'SELECT 1'
    """
    _preamble, *blocks = _HEADING.split(text)
    names, bodies = blocks[::2], blocks[1::2]
    if len(set(names)) < len(names):
        raise DuplicateName(names)
    return MappingProxyType(dict(zip(names, map(_bare, bodies), strict=True)))


class DuplicateName(ValueError):
    def __init__(self, names: list[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        super().__init__(f"statements named twice: {', '.join(twice)}")


def _bare(body: str) -> str:
    lines = [line for line in body.splitlines() if not line.startswith("--")]
    return "\n".join(lines).strip().removesuffix(";")

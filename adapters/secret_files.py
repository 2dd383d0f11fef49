"""Secrets out of files that `…_FILE` variables name, in the place of the variables.

Its one law: no message shows what a file holds. Who else may read it is not looked at:
secrets of containers are files that everybody in there may read, and nobody else is.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

MAX_BYTES = 65536
SUFFIX = "_FILE"


class SecretUnusable(Exception):
    """A file that is no secret, or one too many; in one line."""


def secrets(
    environ: Mapping[str, str], names: Mapping[str, bool]
) -> Iterator[tuple[str, str]]:
    """Yield those of `names` that a file holds; True says that it may have more lines.

    Raises `SecretUnusable`.
    """
    for name, is_many in names.items():
        variable = name + SUFFIX
        if variable not in environ:
            continue
        if name in environ:
            raise SecretUnusable(f"{name} and {variable} are both set; unset one.")
        yield (
            name,
            _secret(f"{variable}: {environ[variable]}", environ[variable], is_many),
        )


def _secret(told: str, path: str, is_many: bool) -> str:
    text = _text(told, path).strip()
    if not text:
        raise SecretUnusable(f"{told} is empty.")
    if not is_many and len(text.splitlines()) > 1:
        raise SecretUnusable(f"{told} has more than one line.")
    return text


def _text(told: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SecretUnusable(f"{told} is too long for a secret.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        why = "it is no UTF-8 text"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no path"
    raise SecretUnusable(f"{told} cannot be read: {why}")

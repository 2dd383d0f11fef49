"""`--help` teaches: every command says what it does, and shows lines that are right."""

import re
import shlex

import pytest

from adapters.cli.app import app
from tests.adapters.cli.conftest import Bookings

COMMANDS = [
    "",
    "serve",
    "migrate",
    "backup",
    "doctor",
    "token",
    "workshop",
    "workshop add",
    "demo",
    "seed",
    "replay",
    "rebuild",
    "verify",
]


def examples(text: str) -> list[list[str]]:
    """Return the calls of `bookings` in a help text, as words."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [
        line for line in joined.splitlines() if re.match(r"(\w+=\S+ )*bookings ", line)
    ]
    return [
        shlex.split(line)[shlex.split(line).index("bookings") + 1 :] for line in lines
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(bookings: Bookings, command: str):
    done = bookings(*command.split(), "--help", COLUMNS="120")

    assert (done.code, done.err) == (0, "")
    assert f"Usage: bookings {command}".rstrip() in done.out
    assert len(re.findall(rf"bookings {command}".rstrip(), done.out)) > 1


@pytest.mark.parametrize("command", COMMANDS)
def test_each_example_can_be_called_as_it_stands(command: str):
    _command, apps, _rest = app.parse_commands([*command.split()])
    text = apps[-1].help
    calls = examples(text)

    assert calls
    for words in calls:
        function, bound, _ignored = app.parse_args(words)
        assert function is not None
        assert bound is not None


def test_without_a_word_the_help_is_shown(bookings: Bookings):
    done = bookings()

    assert done.code == 0
    assert done.out == bookings("--help").out


def test_the_version_is_the_installed_ones(bookings: Bookings):
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", bookings("--version").out)

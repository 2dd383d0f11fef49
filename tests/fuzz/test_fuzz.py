"""The API asked for whatever its description allows and forbids, in every phase.

`make fuzz` does the same with other examples each time, for as long as one likes.
"""

from tests.fuzz.fuzzing import fuzz

SAME_EACH_TIME = "--generation-deterministic"


def test_no_answer_is_against_the_description(sqlite_url: str):
    done = fuzz(sqlite_url, SAME_EACH_TIME, "--max-examples=5", seconds=540)

    assert done.returncode == 0, done.stdout
    assert "Stateful (in" in done.stdout


def test_no_chain_of_calls_is_on_postgres_either(postgres_url: str):
    few = ("--phases=stateful", "--max-examples=10")
    done = fuzz(postgres_url, SAME_EACH_TIME, *few, seconds=540)

    assert done.returncode == 0, done.stdout

"""The API asked for whatever its description allows and forbids, in every phase.

`make fuzz` does the same with other examples each time, for as long as one likes.
"""

from tests.fuzz.fuzzing import fuzz


def test_no_answer_is_against_the_description(sqlite_url: str):
    done = fuzz(
        sqlite_url, "--generation-deterministic", "--max-examples=5", seconds=540
    )

    assert done.returncode == 0, done.stdout

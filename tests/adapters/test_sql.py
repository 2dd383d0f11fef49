"""Named statements: every block is found by its name, without its comments."""

import pytest

from adapters import sql

TEXT = """-- What this file is about.

-- name: first
-- Why it is so.
SELECT 1
    AS one;

-- name: second
SELECT 2;
"""


def test_a_statement_is_found_by_its_name_without_comments():
    assert sql.parse(TEXT) == {"first": "SELECT 1\n    AS one", "second": "SELECT 2"}


def test_a_name_given_twice_is_an_error_that_names_it():
    with pytest.raises(sql.DuplicateName, match="first"):
        sql.parse(TEXT + "-- name: first\nSELECT 3;\n")

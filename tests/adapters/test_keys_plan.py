"""What wraps keys anew holds the head row: it finds each key by an index."""

from adapters.postgres import plan
from adapters.sqlite import keys
from tests import stores
from tests.adapters.explaining import Explained, crowd, explain

WALKED = {"see_keys", "wrap_keys_anew", "wrap_key_anew", "keep_former"}


def test_keys_are_found_by_their_owners_on_postgresql(postgres_url):
    stores.migrate(postgres_url)
    crowd(postgres_url)

    for name in WALKED & plan.STATEMENTS.keys():
        found = explain(postgres_url, plan.STATEMENTS[name])
        assert found == Explained(frozenset({"owner_key_pkey"}), ()), name
    found = explain(postgres_url, plan.STATEMENTS["forget_formers"])
    assert found.indexes >= {"owner_key_wrapped_by_idx"}
    assert "owner_key" not in found.scanned


def test_keys_are_found_by_their_owners_on_sqlite(sqlite_url):
    stores.migrate(sqlite_url)
    crowd(sqlite_url)

    for name in WALKED & keys.STATEMENTS.keys():
        found = explain(sqlite_url, keys.STATEMENTS[name])
        expected = {"sqlite_autoindex_owner_key_1"}
        assert found == Explained(frozenset(expected), ()), name
    found = explain(sqlite_url, keys.STATEMENTS["forget_formers"])
    assert found.indexes >= {"owner_key_wrapped_by_idx"}
    assert "owner_key" not in found.scanned

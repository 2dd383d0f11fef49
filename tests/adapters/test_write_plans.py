"""What a batch and the worker ask of a store, each by an index, on each of them."""

from adapters.postgres import plan
from adapters.sqlite import append, sweeps
from tests import stores
from tests.adapters.explaining import Explained, crowd, explain

# The indexes by which each statement looks; rows of whole tables are gone through by
# none. What is doomed is an index of its own, which is read from its beginning.
ON_POSTGRES = {
    "load_bookings": {"booking_pkey"},
    "load_workshops": {"booking_pkey", "workshop_pkey"},
    "load_owner_keys": {"booking_pkey", "owner_key_pkey"},
    "load_answers": {"idempotency_pkey"},
    "load_twins": {"message_booking_id_author_client_message_id_key"},
    "load_holds": {"booking_pkey", "workshop_pkey", "slot_is_free"},
    "load_pending": {"booking_pending_idx"},
    "load_groups": {"booking_group_idx"},
    "load_requests": {"change_request_pkey"},
    "load_uploads": {"upload_pkey"},
    "load_upload_messages": {"upload_pkey", "message_pkey"},
    "load_owned": {"booking_owner_idx"},
    "load_owned_workshops": {"booking_owner_idx", "workshop_pkey"},
    "delete_slots": {"slot_pkey"},
    "update_uploads": {"upload_pkey"},
    "forget_owner_keys": {"owner_key_pkey"},
    "forget_callers_answers": {"idempotency_caller_idx"},
    "forget_bookings_answers": {"booking_owner_idx", "idempotency_pkey"},
    "doom_owners_uploads": {"upload_owner_idx"},
    "find_event": {"stored_events_pkey"},
    "find_answer": {"idempotency_pkey"},
    "find_due": {"booking_due_idx"},
    "find_doomed": set[str](),
    "find_owners_bookings": {"booking_owner_idx"},
    "doom_unused": {"upload_unused_idx", "upload_pkey"},
    "remove_doomed": {"upload_doomed_idx"},
    "forget_answers": {"idempotency_age_idx", "idempotency_pkey"},
    "select_stream": {"stored_events_pkey"},
    "select_streams": {"stored_events_pkey"},
    "select_log": {"stored_events_notification_id_idx"},
}
ON_SQLITE = {
    "load_bookings": {"PRIMARY"},
    "load_workshops": {"PRIMARY"},
    "load_owner_keys": {"PRIMARY", "sqlite_autoindex_owner_key_1"},
    "load_answer": {"PRIMARY"},
    "load_twin": {"sqlite_autoindex_message_3"},
    "load_holds": {"PRIMARY", "slot_org_idx"},
    "load_pending": {"booking_pending_idx"},
    "load_group": {"booking_group_idx"},
    "load_requests": {"sqlite_autoindex_change_request_1"},
    "load_uploads": {"sqlite_autoindex_upload_1"},
    "load_upload_messages": {
        "sqlite_autoindex_upload_1",
        "sqlite_autoindex_message_1",
    },
    "load_owned": {"booking_pending_idx"},
    "load_owned_workshops": {"PRIMARY", "booking_pending_idx"},
    "select_overlap": {"slot_org_idx"},
    "delete_slot": {"PRIMARY"},
    "update_upload": {"sqlite_autoindex_upload_1"},
    "forget_owner_key": {"sqlite_autoindex_owner_key_1"},
    "forget_callers_answers": {"idempotency_caller_idx"},
    "forget_bookings_answers": {"PRIMARY", "booking_owner_idx"},
    "doom_owners_uploads": {"upload_owner_idx"},
    "find_event": {"sqlite_autoindex_stored_events_1"},
    "find_answer": {"PRIMARY"},
    "find_due": {"booking_due_idx"},
    "find_doomed": set[str](),
    "find_owners_bookings": {"booking_owner_idx"},
    "doom_unused": {"upload_unused_idx", "sqlite_autoindex_upload_1"},
    "remove_doomed": {"sqlite_autoindex_upload_1"},
    "forget_answers": {"PRIMARY", "idempotency_age_idx"},
    "select_streams": {"sqlite_autoindex_stored_events_1"},
}
READ_WHOLE = {"find_doomed": ("upload_doomed_idx",)}


def expected(indexes: dict[str, set[str]]) -> dict[str, Explained]:
    return {
        name: Explained(frozenset(searched), READ_WHOLE.get(name, ()))
        for name, searched in indexes.items()
    }


def test_every_statement_of_the_write_side_uses_its_index_on_postgresql(postgres_url):
    stores.migrate(postgres_url)
    crowd(postgres_url)

    found = {name: explain(postgres_url, plan.STATEMENTS[name]) for name in ON_POSTGRES}

    assert found == expected(ON_POSTGRES)


def test_every_statement_of_the_write_side_uses_its_index_on_sqlite(sqlite_url):
    stores.migrate(sqlite_url)
    crowd(sqlite_url)
    statements = {**append.STATEMENTS, **sweeps.STATEMENTS}

    found = {name: explain(sqlite_url, statements[name]) for name in ON_SQLITE}

    assert found == expected(ON_SQLITE)


def test_no_load_waits_for_the_tables_to_be_counted(postgres_url):
    """A plan made on empty tables may be kept for good: it looks into indexes, too."""
    stores.migrate(postgres_url)
    loads = [name for name in ON_POSTGRES if name.startswith("load_")]

    scanned = {
        name: explain(postgres_url, plan.STATEMENTS[name]).scanned for name in loads
    }

    assert scanned == dict.fromkeys(loads, ())


def test_every_statement_that_loads_is_looked_at():
    loads = {name for name in plan.STATEMENTS if name.startswith(("load_", "find_"))}
    ours = {*append.STATEMENTS, *sweeps.STATEMENTS}

    assert loads <= ON_POSTGRES.keys()
    assert {name for name in ours if name.startswith(("load_", "find_"))} <= (
        ON_SQLITE.keys()
    )

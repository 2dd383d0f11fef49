"""`bookings migrate`: brings the store up, or makes it."""

from adapters import bootstrap
from adapters.cli import output


def migrate() -> None:
    done = bootstrap.kind(bootstrap.settings()).migrate()
    for name in done:
        output.write(f"Applied {name}.")
    if not done:
        output.write("The store is up to date.")

"""The `bookings` command: whatever goes wrong is one clear line and an exit code."""

from adapters.cli.app import main

__all__ = ["main"]

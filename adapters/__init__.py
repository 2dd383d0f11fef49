"""The world outside: stores, HTTP, command line, clock and keys."""

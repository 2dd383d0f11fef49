"""The booking domain: pure functions and frozen data; no clock, no I/O."""

"""Use cases: they gather what a decision needs, and reach the world through ports."""

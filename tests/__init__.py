"""Tests: each names in a sentence what it holds."""

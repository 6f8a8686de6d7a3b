"""Generates spoken videos for `make demo` and the tests."""

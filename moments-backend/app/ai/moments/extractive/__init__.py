"""Moments without a model server."""

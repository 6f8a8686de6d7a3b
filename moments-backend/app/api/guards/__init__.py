"""Checks that every request passes before authentication: host, client, origin, type and size of the body."""

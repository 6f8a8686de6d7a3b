"""Scopes of API keys."""

from enum import StrEnum


class AccessScope(StrEnum):
    """Permissions of a key; each scope includes the ones before it."""

    READ = "read"
    EDIT = "edit"
    ADMIN = "admin"

    def includes(self, other: "AccessScope") -> bool:
        order = list(AccessScope)
        return order.index(self) >= order.index(other)

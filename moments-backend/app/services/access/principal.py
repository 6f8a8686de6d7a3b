"""The origin of an authenticated request."""

from dataclasses import dataclass

from app.models.access_scope import AccessScope

API_KEY_ACTOR = "api-key"
CLI_ACTOR = "cli"
LOCAL_ACTOR = "local"
UNKNOWN_ACTOR = "unknown"
RESERVED_NAMES = frozenset({API_KEY_ACTOR, CLI_ACTOR, LOCAL_ACTOR, UNKNOWN_ACTOR})
"""Actors of the audit log that are not names of keys."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A key or a session, and its scope."""

    actor: str
    scope: AccessScope
    key_id: int | None = None
    """Id of the named key; None for `API_KEY` and requests without a key."""


LOCAL = Principal(LOCAL_ACTOR, AccessScope.ADMIN)
"""Clients on this machine while `API_KEY` is not set."""
API_KEY = Principal(API_KEY_ACTOR, AccessScope.ADMIN)

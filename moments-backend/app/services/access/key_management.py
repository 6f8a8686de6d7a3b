"""Creation, listing and revocation of named API keys."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.core.exceptions import InvalidRequestError, KeyNameTakenError, KeyNotFoundError
from app.database.models import ApiKey
from app.database.session import transaction
from app.models.access_scope import AccessScope
from app.repositories import api_key_repository, audit_repository
from app.services.access.named_keys import PREFIX
from app.services.access.principal import CLI_ACTOR, RESERVED_NAMES

SECRET_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


async def create_key(
    name: str, scope: AccessScope, expires_at: datetime | None, *, details: dict[str, Any] | None
) -> str:
    """Create a key and return it; only its hash is stored.

    Args:
        details: further details for the audit log; None if the caller records the change.

    Raises:
        InvalidRequestError: the name is invalid.
        KeyNameTakenError: a key has or had this name.
        DatabaseError: PostgreSQL is unavailable.
    """
    if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise InvalidRequestError(
            f"invalid key name {name!r}",
            remedy="use 1 to 64 letters, digits and . _ @ -, beginning with a letter or digit, other than "
            + ", ".join(sorted(RESERVED_NAMES)),
        )
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    expiry = {"expires_at": expires_at.isoformat() if expires_at else None}
    async with transaction() as session:
        digest = sha256(key.encode()).hexdigest()
        if not await api_key_repository.create(
            session, name=name, hash_=digest, scope=scope, expires_at=expires_at
        ):
            raise KeyNameTakenError(name)
        if details is not None:
            await audit_repository.add(
                session,
                actor=CLI_ACTOR,
                action="key.create",
                target_type="key",
                target_id=name,
                details={"scope": scope.value} | expiry | details,
            )
    return key


async def list_keys() -> Sequence[ApiKey]:
    """Return all keys by name."""
    async with transaction() as session:
        return await api_key_repository.list_all(session)


async def revoke_key(name: str, *, details: dict[str, Any] | None) -> bool:
    """Revoke a key, and with it its sessions; return False if it was revoked before.

    Args:
        details: for the audit log; None if the caller records the change.

    Raises:
        KeyNotFoundError: no key has this name.
        DatabaseError: PostgreSQL is unavailable.
    """
    async with transaction() as session:
        if not await api_key_repository.revoke(session, name):
            if await api_key_repository.get_by_name(session, name) is None:
                raise KeyNotFoundError(name)
            return False
        if details is not None:
            await audit_repository.add(
                session,
                actor=CLI_ACTOR,
                action="key.revoke",
                target_type="key",
                target_id=name,
                details=details,
            )
    return True

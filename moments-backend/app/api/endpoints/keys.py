"""`/api/keys`: named API keys."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from app.api.audit import AuditEventDep
from app.api.responses import problem_responses
from app.core.clock import utc_now
from app.models.api_key import KeyCreate, KeyCreated, KeyRead
from app.models.text import NoNulStr
from app.services.access import key_management

router = APIRouter(prefix="/keys", tags=["keys"])

KeyName = Annotated[NoNulStr, Path(description="The key's name.")]


@router.get("", responses=problem_responses(503))
async def list_keys() -> list[KeyRead]:
    """List all named keys by name, those expired or revoked included. Requires the scope `admin`."""
    return [KeyRead.model_validate(key) for key in await key_management.list_keys()]


@router.post("", status_code=201, responses=problem_responses(409, 422, 503))
async def create_key(wanted: KeyCreate, event: AuditEventDep) -> KeyCreated:
    """Create a named key. Only this response contains it. Requires the scope `admin`."""
    days = wanted.expires_in_days
    expires_at = None if days is None else utc_now() + timedelta(days=days)
    key = await key_management.create_key(wanted.name, wanted.scope, expires_at, details=None)
    event.set(target=wanted.name, scope=wanted.scope.value, expires_at=expires_at and expires_at.isoformat())
    return KeyCreated(name=wanted.name, scope=wanted.scope, expires_at=expires_at, key=key)


@router.delete("/{name}", status_code=204, responses=problem_responses(404, 422, 503))
async def revoke_key(name: KeyName) -> None:
    """Revoke a key and its sessions; those revoked before stay revoked. Requires the scope `admin`."""
    await key_management.revoke_key(name, details=None)

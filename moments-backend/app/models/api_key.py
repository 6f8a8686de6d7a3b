"""Named API keys, as the API describes them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.access_scope import AccessScope
from app.models.text import Line

MAX_KEY_NAME = 64
MAX_DAYS = 3650


class KeyRead(BaseModel):
    """A named key, without the key itself."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    name: str
    scope: AccessScope
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = Field(default=None, description="Updated at most once per minute.")
    revoked_at: datetime | None = None


class KeyCreate(BaseModel):
    """Request for a named key."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=MAX_KEY_NAME)] = Field(
        description="Letters, digits and `. _ @ -`; shown in lists and in the audit log."
    )
    scope: AccessScope = AccessScope.READ
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = Field(
        default=365, description="Days until the key expires; null: never."
    )


class KeyCreated(BaseModel):
    """A new key. It cannot be read again later."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    scope: AccessScope
    expires_at: datetime | None = None
    key: str

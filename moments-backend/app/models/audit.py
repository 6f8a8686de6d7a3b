"""Entries of the audit log, as the API returns them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime


class AuditRecord(BaseModel):
    """One change, or one refused sign-in."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    id: int
    at: IsoTime
    actor: str = Field(
        description="Name of a key, `session of` a name, `api-key`, `local` (no key is configured), `cli` or"
        " `unknown` (refused)."
    )
    action: str = Field(description="For example `video.delete`.")
    target_type: str | None = Field(
        default=None, description="`video`, `moment`, `export`, `run`, `upload`, `key` or `folder`."
    )
    target_id: str | None = None
    details: dict[str, Any] = {}
    client: str | None = Field(default=None, description="Client address; null for a command.")
    request_id: str | None = Field(default=None, description="`X-Request-ID` of the request.")

"""Query parameters of the audit log."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request

from app.api.params import cursor as cursors
from app.models.text import NoNulStr
from app.repositories.audit_repository import AuditFilter

MAX_LIMIT = 200
MAX_ID = 2**63 - 1


def decode_position(cursor: str) -> int:
    """Return the id of the last entry of the previous page.

    Raises:
        ValueError: the cursor is damaged.
    """
    (position,) = cursors.decode_values(cursor, int)
    if not 0 <= position <= MAX_ID:
        raise ValueError(cursors.INVALID_CURSOR)
    return int(position)


def _validated(cursor: str) -> str:
    decode_position(cursor)
    return cursor


class AuditListParams(BaseModel):
    """Filters and page of the audit log."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True)

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Entries per page.")] = 50
    action: Annotated[
        NoNulStr | None,
        Field(description="Filter by action: `video.delete`, or `video` for all actions on videos."),
    ] = None
    actor: Annotated[NoNulStr | None, Field(description="Filter by actor.")] = None
    target: Annotated[NoNulStr | None, Field(description="Filter by id of the target.")] = None
    since: Annotated[
        AwareDatetime | None, Field(alias="from", description="Earliest time, with a UTC offset.")
    ] = None
    until: Annotated[
        AwareDatetime | None, Field(alias="to", description="End, exclusive, with a UTC offset.")
    ] = None
    cursor: Annotated[
        Annotated[str, AfterValidator(_validated)] | None,
        Field(description="Cursor from the `Link` header of the previous page."),
    ] = None

    def to_filter(self) -> AuditFilter:
        return AuditFilter(
            action=self.action, actor=self.actor, target=self.target, since=self.since, until=self.until
        )

    def position(self) -> int | None:
        return None if self.cursor is None else decode_position(self.cursor)

    def next_link(self, position: int, request: Request) -> str:
        """Return the `Link` header of the page after `position`."""
        return cursors.next_link(request, cursors.encode_values(position))

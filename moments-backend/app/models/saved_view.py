"""Saved views: named filters and orders of the library."""

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.models.schemas import FieldError, IsoTime
from app.models.text import ensure_line

MAX_NAME = 100
"""Characters, as in the column."""


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(ensure_line(text.strip()).split()))
    if not 0 < len(name) <= MAX_NAME:
        raise ValueError(f"must have 1 to {MAX_NAME} characters")
    return name


ViewName = Annotated[str, AfterValidator(_name)]
ViewQuery = Annotated[
    dict[str, Any],
    Field(
        description="Query parameters of `GET /api/videos`, without those of a page; `tag` may be an array.",
        examples=[{"tag": ["physics"], "watched": "never", "sort": "recorded_at"}],
    ),
]


class SavedViewCreate(BaseModel):
    """A new view."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName
    query: ViewQuery


class SavedViewUpdate(BaseModel):
    """Changes of a view; omitted fields do not change."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName | None = None
    query: ViewQuery | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "SavedViewUpdate":
        if self.name is None and self.query is None:
            raise ValueError("give name or query")
        return self


class SavedViewRead(BaseModel):
    """A view."""

    id: str
    name: str
    query: dict[str, Any] = Field(description="Query parameters of `GET /api/videos`.")
    problems: list[FieldError] = Field(
        default=[],
        description="Parameters that this version does not accept; a feed of the view ignores them, and the"
        " list refuses them.",
    )
    created_at: IsoTime

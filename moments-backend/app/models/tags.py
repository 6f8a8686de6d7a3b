"""Tags of videos."""

import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.models.text import ensure_line, fold_case

MAX_TAGS = 100
"""Tags of one video."""
MAX_TAG_LENGTH = 100
"""Characters of a tag."""


def _tag(text: str) -> str:
    tag = unicodedata.normalize("NFC", " ".join(ensure_line(text.strip()).split()))
    if not tag:
        raise ValueError("must not be empty")
    if len(tag) > MAX_TAG_LENGTH:
        raise ValueError(f"must have at most {MAX_TAG_LENGTH} characters")
    return tag


def merge_tags(tags: Iterable[str]) -> list[str]:
    """Return the tags without repetitions, in order; case does not distinguish tags."""
    merged: dict[str, str] = {}
    for tag in tags:
        merged.setdefault(fold_case(tag), tag)
    return list(merged.values())


Tag = Annotated[str, AfterValidator(_tag)]
"""On one line, composed (NFC), without spaces at the ends and without repeated spaces."""
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(merge_tags)]


class TagCount(BaseModel):
    """A tag of the library."""

    name: str
    count: int = Field(description="Number of videos with this tag; those in the trash do not count.")


class TagRename(BaseModel):
    """The new name of a tag."""

    model_config = ConfigDict(extra="forbid")

    name: Tag = Field(description="If the library has this tag, both become one.")

"""The content of a sidecar object: built from rows, and parsed from untrusted bytes."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InvalidSidecarError, SidecarVersionError
from app.database.models import Export, Video
from app.models.sidecar import (
    MAX_INTEGER,
    MAX_SIDECAR_BYTES,
    SCHEMA_VERSION,
    Sidecar,
    SidecarChapter,
    SidecarCorrection,
    SidecarExport,
    SidecarFeedback,
    SidecarMark,
    SidecarObject,
    SidecarVideo,
)
from app.models.text import clean_line, clean_lines, ensure_line, ensure_lines, ensure_storable
from app.repositories import sidecar_repository
from app.services.storage.object_names import sidecar_path

__all__ = ["build", "parse", "sidecar_path"]

MAX_CORRECTION_BYTES = 8 * 1024**2
"""Size of the undo steps in a sidecar. A table keeps up to 32 MiB, which every edit would send again."""

REMEDY = "delete the object; the worker writes it again if the video is in the table"

ModelT = TypeVar("ModelT", bound=BaseModel)


async def build(session: AsyncSession, video: Video) -> Sidecar:
    """Return the table's content about a video.

    Raises:
        ValidationError: a row has content that no sidecar may have.
    """
    rows = await sidecar_repository.load_rows(session, video, max_correction_bytes=MAX_CORRECTION_BYTES)
    described = SidecarObject(
        name=video.cloud_url.rpartition("/")[2], size_bytes=video.size_bytes, md5=video.md5
    )
    return Sidecar(
        identifier=video.identifier,
        object=described,
        video=to_model(SidecarVideo, video, **_clean_texts(video)),
        marks=[to_model(SidecarMark, row) for row in rows.marks],
        chapters=[to_model(SidecarChapter, row) for row in rows.chapters],
        corrections=[to_model(SidecarCorrection, row) for row in rows.corrections],
        feedback=[to_model(SidecarFeedback, row) for row in rows.feedback],
        exports=[to_model(SidecarExport, row, file=_file_of(row)) for row in rows.exports],
    )


def parse(content: bytes, name: str) -> Sidecar:
    """Return the sidecar of a video in `content`; see `parse_as`."""
    return parse_as(Sidecar, content, name)


def parse_as(model: type[ModelT], content: bytes, name: str) -> ModelT:
    """Return the document in `content`; `name` names the object in errors.

    Raises:
        SidecarVersionError: a newer version of this program wrote it.
        InvalidSidecarError: it is too large, not JSON, or has invalid content.
    """
    ensure_size(len(content), name)
    document = _load(content, name)
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidSidecarError(f"{name}: schema_version is {version!r}, not a number", remedy=REMEDY)
    if version > SCHEMA_VERSION:
        raise SidecarVersionError(
            f"{name} has schema version {version}; this version of VideoMoments reads up to {SCHEMA_VERSION}",
            remedy="upgrade VideoMoments, then run the command again",
        )
    try:
        _ensure_storable(document)
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidSidecarError(f"{name}: {place}: {first['msg']}", remedy=REMEDY) from error
    except ValueError as error:
        raise InvalidSidecarError(f"{name}: {error}", remedy=REMEDY) from error


def ensure_size(size: int, name: str) -> None:
    """Check the size of a sidecar, before it is read.

    Raises:
        InvalidSidecarError: it is larger than any sidecar.
    """
    if size > MAX_SIDECAR_BYTES:
        limit = MAX_SIDECAR_BYTES // 1024**2
        raise InvalidSidecarError(f"{name} has {size} bytes; at most {limit} MiB are read", remedy=REMEDY)


def _load(content: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(content, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise InvalidSidecarError(f"{name} is not JSON: {error}", remedy=REMEDY) from error
    if not isinstance(document, dict):
        raise InvalidSidecarError(f"{name} is not a JSON object", remedy=REMEDY)
    return document


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not allowed")


def _ensure_storable(document: object) -> None:
    """Check every text and number, also in parts that are stored as JSON.

    Raises:
        ValueError: PostgreSQL could not store one.
    """
    remaining = [document]
    while remaining:
        value = remaining.pop()
        if isinstance(value, str):
            ensure_storable(value)
        elif (isinstance(value, int) and abs(value) > MAX_INTEGER) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise ValueError("a number is too large")
        elif isinstance(value, dict):
            remaining += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            remaining += value


def to_model(model: type[ModelT], row: object, **replaced: Any) -> ModelT:
    """Return a part of a document with the attributes of a row."""
    values = {name: getattr(row, name) for name in model.model_fields if name not in replaced}
    return model.model_validate({name: _normalised(value) for name, value in values.items()} | replaced)


def _normalised(value: Any) -> Any:
    """Return times in UTC, so that the bytes do not depend on the server, and null for NaN and infinity."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _clean_texts(video: Video) -> dict[str, Any]:
    """Return texts of older versions that the API would refuse today, without what it refuses."""
    return {
        "title": _cleaned(video.title, ensure_line, lambda text: clean_line(text, 500)),
        "channel": _cleaned(video.channel, ensure_line, lambda text: clean_line(text, 255)),
        "description": _cleaned(
            video.description, ensure_lines, lambda text: clean_lines(text, len(video.description or ""))
        ),
    }


def _cleaned(text: str | None, check: Callable[[str], str], clean: Callable[[str], str]) -> str | None:
    if text is None:
        return None
    try:
        check(text)
    except ValueError:
        return clean(text)
    return text


def _file_of(row: Export) -> str:
    return (row.gcs_path or "").rpartition("/")[2]

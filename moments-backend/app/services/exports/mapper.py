"""Conversion of a row of `exports` into the API's model."""

from app.core.exceptions import VideoMomentsError
from app.database.models import Export
from app.models.export import ExportError, ExportOptions, ExportRead, StoredExportOptions
from app.repositories.export_repository import ExportOfVideo

SIDECAR_EXTENSIONS = (".vtt", ".srt")


def to_read(found: ExportOfVideo) -> ExportRead:
    row, options = found.export, options_of(found.export)
    is_completed = row.state == "completed"
    path = f"/api/exports/{row.id}"
    return ExportRead(
        id=row.id,
        video_id=found.video_id,
        moment_id=row.moment_id,
        start_time=row.start_time,
        end_time=row.end_time,
        title=row.title,
        **options.model_dump(),
        state=row.state,
        percent=row.percent,
        error=ExportError.model_validate(row.error) if row.error else None,
        filename=row.filename,
        url=f"{path}/file" if is_completed else None,
        captions_url=f"{path}/captions.vtt" if is_completed and options.captions == "sidecar" else None,
        duration_seconds=row.duration_seconds,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def options_of(row: Export) -> ExportOptions:
    stored = StoredExportOptions.model_validate(row.options)
    return ExportOptions.model_validate(stored.model_dump(exclude={"for_share"}))


def to_error(error: VideoMomentsError) -> ExportError:
    return ExportError(type=error.type, detail=error.cause, remedy=error.remedy)

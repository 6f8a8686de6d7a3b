"""Webhook events of ended runs and exports, recorded in the transaction that ends them."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.export import ExportError
from app.models.pipeline import RunState
from app.services.pipeline.export_job import ExportJob
from app.services.webhooks import events


async def record_run_end(session: AsyncSession, state: RunState) -> None:
    """Record the event of a completed or failed run; nothing for other states."""
    if state.status not in {"completed", "failed"}:
        return
    error = state.error.model_dump(mode="json") if state.error and state.status == "failed" else None
    payload = {
        "id": state.request_id,
        "video_id": state.video_id,
        "kind": state.kind,
        "source_url": state.source_url,
        "error": error,
    }
    await events.record(session, f"run.{state.status}", payload)


async def record_export_end(
    session: AsyncSession,
    job: ExportJob,
    *,
    size_bytes: int | None = None,
    duration_seconds: float | None = None,
) -> None:
    """Record the event of a completed export."""
    payload = _export(job.export_id, job.video_id) | {
        "title": job.title,
        "start_time": job.start,
        "end_time": job.end,
        "size_bytes": size_bytes,
        "duration_seconds": duration_seconds,
    }
    await events.record(session, "export.completed", payload)


async def record_export_failure(
    session: AsyncSession, export_id: str, video_id: str, error: ExportError
) -> None:
    """Record the event of a failed export."""
    payload = _export(export_id, video_id) | {"error": error.model_dump(mode="json")}
    await events.record(session, "export.failed", payload)


def _export(export_id: str, video_id: str) -> dict[str, object]:
    return {"id": export_id, "video_id": video_id}

"""`/api/exports` and `/api/videos/{video_id}/exports`: files cut from a video to be posted elsewhere."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.file_responses import NO_STORE
from app.api.params.export_list import ExportListParams
from app.api.responses import (
    EXPORT_ARCHIVE,
    EXPORT_FILE,
    EXPORT_LIST,
    captions_responses,
    problem_responses,
)
from app.core.files.content_disposition import attachment
from app.core.files.content_types import CONTENT_TYPES
from app.models.export import EXAMPLES, ExportCreate, ExportId, ExportRead

router = APIRouter(tags=["exports"])

ExportIdPath = Annotated[ExportId, Path(description="The export's id.")]
AsDownload = Annotated[bool, Query(description="Make browsers save the file; false to show it.")]
Ids = Annotated[
    list[ExportId] | None,
    Query(max_length=1000, description="Only these exports; repeatable. By default all finished ones."),
]


@router.post(
    "/videos/{video_id}/exports", status_code=202, responses=problem_responses(404, 409, 422, 429, 503)
)
async def create_exports(
    video_id: VideoId,
    wanted: Annotated[ExportCreate, Body(openapi_examples=EXAMPLES)],
    container: ContainerDep,
    event: AuditEventDep,
) -> list[ExportRead]:
    """Queue exports of one range, of moments, or of all moments, with the same options.

    A finished export with the same parameters is returned as it is; a failed one is queued again. With
    captions, a corrected transcript makes a new export.
    """
    created = await container.exports.request(video_id, wanted)
    event.set(exports=len(created), **wanted.model_dump(exclude_defaults=True))
    return created


@router.get("/videos/{video_id}/exports", responses=problem_responses(404, 422, 503))
async def list_video_exports(video_id: VideoId, container: ContainerDep) -> list[ExportRead]:
    """List the video's exports, newest first, at most 1000."""
    return await container.exports.list_for_video(video_id)


@router.get("/videos/{video_id}/exports.zip", response_class=Response, responses=EXPORT_ARCHIVE)
async def get_exports_zip(video_id: VideoId, container: ContainerDep, ids: Ids = None) -> Response:
    """Stream the video's finished exports as a ZIP archive, with the captions of `sidecar`."""
    archive = await container.export_files.archive(video_id, ids)
    return StreamingResponse(
        archive.blocks,
        media_type=CONTENT_TYPES[".zip"],
        headers=NO_STORE | {"content-disposition": attachment(archive.filename)},
    )


@router.get("/exports", responses=EXPORT_LIST)
async def list_exports(
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[ExportListParams, Query()],
) -> list[ExportRead]:
    """List the exports of all videos, newest first. The next page is in `Link`."""
    page, cursor = await container.exports.list_page(**params.to_query())
    if cursor:
        response.headers["link"] = params.next_link(cursor, request)
    return page


@router.get("/exports/{export_id}", responses=problem_responses(404, 422, 503))
async def get_export(export_id: ExportIdPath, container: ContainerDep) -> ExportRead:
    """Return one export with its progress."""
    return await container.exports.get(export_id)


@router.delete("/exports/{export_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_export(export_id: ExportIdPath, container: ContainerDep, event: AuditEventDep) -> None:
    """Delete an export and its files; an active one is cancelled."""
    event.set(video_id=await container.exports.delete(export_id))


@router.post("/exports/{export_id}/cancel", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def cancel_export(export_id: ExportIdPath, container: ContainerDep) -> ExportRead:
    """Cancel an export: a queued one at once, an active one within seconds."""
    return await container.exports.cancel(export_id)


@router.post(
    "/exports/{export_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 429, 503)
)
async def retry_export(export_id: ExportIdPath, container: ContainerDep) -> ExportRead:
    """Queue a failed or cancelled export again."""
    return await container.exports.retry(export_id)


@router.head(
    "/exports/{export_id}/file", response_class=Response, responses=EXPORT_FILE, name="head_export_file"
)
@router.get("/exports/{export_id}/file", response_class=Response, responses=EXPORT_FILE)
async def get_export_file(
    export_id: ExportIdPath, request: Request, container: ContainerDep, *, download: AsDownload = True
) -> Response:
    """Redirect to the file in the bucket, which supports ranges and is named after the title."""
    url = await container.export_files.signed_url(export_id, method=request.method, as_download=download)
    return RedirectResponse(url, headers=NO_STORE)


@router.get(
    "/exports/{export_id}/captions.vtt",
    response_class=Response,
    responses=captions_responses("text/vtt") | problem_responses(409),
)
async def get_export_vtt(export_id: ExportIdPath, container: ContainerDep) -> Response:
    """Return the captions of an export with `sidecar` as WebVTT; times start with the export."""
    return Response(await container.export_files.captions(export_id, ".vtt"), media_type="text/vtt")


@router.get(
    "/exports/{export_id}/captions.srt",
    response_class=Response,
    responses=captions_responses("application/x-subrip") | problem_responses(409),
)
async def get_export_srt(export_id: ExportIdPath, container: ContainerDep) -> Response:
    """Return the captions of an export with `sidecar` as SubRip; times start with the export."""
    text = await container.export_files.captions(export_id, ".srt")
    return Response(text, media_type=CONTENT_TYPES[".srt"])

"""Moments as files for video editors: `/api/videos/{video_id}/markers.*`."""

from collections.abc import Callable

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.api.dependencies import ContainerDep, VideoId
from app.api.responses import download_responses
from app.api.trash_guard import reject_deleted_video
from app.core.files.content_disposition import attachment
from app.services.exports.markers.csv_table import to_csv
from app.services.exports.markers.edl import to_edl
from app.services.exports.markers.fcpxml import to_fcpxml
from app.services.exports.markers.sheet import MarkerSheet
from app.services.exports.naming import stem_from

router = APIRouter(
    prefix="/videos/{video_id}", tags=["exports"], dependencies=[Depends(reject_deleted_video)]
)


@router.get("/markers.edl", response_class=Response, responses=download_responses("text/plain"))
async def get_markers_edl(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the moments as an edit decision list (CMX 3600), cut together one after another."""
    return await _export(video_id, container, to_edl, ".edl", "text/plain")


@router.get("/markers.csv", response_class=Response, responses=download_responses("text/csv"))
async def get_markers_csv(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the moments as a table with times in seconds and timecode."""
    return await _export(video_id, container, to_csv, ".csv", "text/csv")


@router.get("/markers.fcpxml", response_class=Response, responses=download_responses("application/xml"))
async def get_markers_fcpxml(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the moments as Final Cut Pro XML 1.10: the source with markers, and a project of all moments."""
    return await _export(video_id, container, to_fcpxml, ".fcpxml", "application/xml; charset=utf-8")


async def _export(
    video_id: str,
    container: ContainerDep,
    write: Callable[[MarkerSheet], str],
    extension: str,
    media_type: str,
) -> Response:
    sheet = await container.markers.load_sheet(video_id)
    name = f"{stem_from(sheet.source.title)}{extension}"
    return Response(write(sheet), media_type=media_type, headers={"Content-Disposition": attachment(name)})

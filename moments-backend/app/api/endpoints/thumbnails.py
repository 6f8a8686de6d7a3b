"""`/api/videos/{video_id}/thumbnail`."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.dependencies import ContainerDep, VideoId
from app.api.file_responses import LocalFileResponse
from app.api.responses import THUMBNAIL

router = APIRouter(prefix="/videos/{video_id}/thumbnail", tags=["videos"])

CACHE_HEADERS = {"cache-control": "private, max-age=60"}
"""Short, because the video's file can be replaced and a deleted video's picture should disappear."""


@router.head("", response_class=Response, responses=THUMBNAIL, name="head_thumbnail")
@router.get("", response_class=Response, responses=THUMBNAIL)
async def get_thumbnail(video_id: VideoId, container: ContainerDep) -> Response:
    """Return a frame of the video as JPEG, at most 640 pixels wide."""
    return LocalFileResponse(await container.thumbnails.open(video_id), CACHE_HEADERS)

"""`/api/videos/{video_id}/storyboard.vtt` and `.jpg`."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.api.dependencies import ContainerDep, VideoId
from app.api.file_responses import LocalFileResponse
from app.api.responses import STORYBOARD_SHEET, STORYBOARD_VTT

router = APIRouter(prefix="/videos/{video_id}", tags=["videos"])

REVALIDATED = {"cache-control": "private, no-cache"}
IMMUTABLE = {"cache-control": "private, max-age=31536000, immutable"}


@router.head(
    "/storyboard.vtt", response_class=Response, responses=STORYBOARD_VTT, name="head_storyboard_cues"
)
@router.get("/storyboard.vtt", response_class=Response, responses=STORYBOARD_VTT)
async def get_storyboard_cues(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the preview frames of the seek bar as WebVTT; made on the first request.

    Each cue is `storyboard.jpg?v={version}#xywh={x},{y},{width},{height}`, relative to this URL, and lasts
    until the next one. Times are the player's.
    """
    return LocalFileResponse(await container.storyboards.open_cues(video_id), REVALIDATED)


@router.head(
    "/storyboard.jpg", response_class=Response, responses=STORYBOARD_SHEET, name="head_storyboard_sheet"
)
@router.get("/storyboard.jpg", response_class=Response, responses=STORYBOARD_SHEET)
async def get_storyboard_sheet(
    video_id: VideoId,
    container: ContainerDep,
    v: Annotated[str | None, Query(max_length=64, description="Version named in the cues.")] = None,
) -> Response:
    """Return the sprite sheet of all preview frames as JPEG."""
    sheet, is_version = await container.storyboards.open_sheet(video_id, v)
    return LocalFileResponse(sheet, IMMUTABLE if is_version else REVALIDATED)

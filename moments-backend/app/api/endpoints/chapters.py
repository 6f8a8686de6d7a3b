"""`/api/videos/{video_id}/chapters`, also as WebVTT and as lines for a description."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header
from fastapi.responses import Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.params.version import VersionParameter
from app.api.responses import CHAPTERS, captions_responses, problem_responses
from app.api.trash_guard import reject_deleted_video
from app.core.exceptions import TooFewChaptersError
from app.core.files.content_types import CONTENT_TYPES
from app.models.chapter import MAX_CHAPTERS, ChapterRead, ChapterUpdate
from app.services.chapters.text_formats import MIN_LISTED, MIN_LISTED_SECONDS, to_vtt, to_youtube

router = APIRouter(
    prefix="/videos/{video_id}", tags=["chapters"], dependencies=[Depends(reject_deleted_video)]
)

IfMatch = Annotated[
    str | None, Header(description="ETag of the list that the change is based on; another list is a 409.")
]
Chapters = Annotated[
    list[ChapterUpdate],
    Body(max_length=MAX_CHAPTERS, description="In order, without overlap; empty: no chapters."),
]


@router.get("/chapters", responses=CHAPTERS | problem_responses(404, 422, 503))
async def get_chapters(video_id: VideoId, container: ContainerDep, response: Response) -> list[ChapterRead]:
    """List the user's chapters, else those of the site or the file, else the topics of the transcript."""
    found = await container.chapters.list_for(video_id)
    response.headers["ETag"] = found.etag
    return found.chapters


@router.put("/chapters", responses=CHAPTERS | problem_responses(404, 409, 422, 503))
async def replace_chapters(
    video_id: VideoId,
    chapters: Chapters,
    container: ContainerDep,
    response: Response,
    event: AuditEventDep,
    if_match: IfMatch = None,
) -> list[ChapterRead]:
    """Replace the chapters by the user's; later runs keep them."""
    recorded = await container.chapters.replace(video_id, chapters, if_match=if_match)
    response.headers["ETag"] = recorded.etag
    event.set(chapters=len(recorded.chapters))
    return recorded.chapters


@router.delete("/chapters", responses=CHAPTERS | problem_responses(404, 409, 422, 503))
async def reset_chapters(
    video_id: VideoId, container: ContainerDep, response: Response, if_match: IfMatch = None
) -> list[ChapterRead]:
    """Remove the user's chapters, and return those of the site, the file or the transcript."""
    remaining = await container.chapters.reset(video_id, if_match=if_match)
    response.headers["ETag"] = remaining.etag
    return remaining.chapters


@router.get("/chapters.vtt", response_class=Response, responses=captions_responses("text/vtt"))
async def get_chapters_vtt(
    video_id: VideoId, container: ContainerDep, _v: VersionParameter = None
) -> Response:
    """Return the chapters as WebVTT, for `<track kind="chapters">`."""
    found = await container.chapters.list_for(video_id)
    return Response(to_vtt(found.chapters), media_type=CONTENT_TYPES[".vtt"])


@router.get(
    "/chapters.txt",
    response_class=Response,
    responses=captions_responses("text/plain") | problem_responses(409),
)
async def get_chapters_txt(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the chapter list that YouTube reads from a description: lines `00:00 Title`.

    It starts at 00:00 and has at least three chapters of 10 s or more; otherwise the answer is 409.
    """
    found = await container.chapters.list_for(video_id)
    text = to_youtube(found.chapters)
    if text is None:
        raise TooFewChaptersError(video_id, len(found.chapters), MIN_LISTED, MIN_LISTED_SECONDS)
    return Response(text, media_type="text/plain")

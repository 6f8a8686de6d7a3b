"""`/api/videos/{video_id}/clips`."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app.api.dependencies import ContainerDep, Download, MomentIdPath, VideoId
from app.api.file_responses import NO_STORE, LocalFileResponse
from app.api.responses import CLIP, captions_responses, problem_responses
from app.api.trash_guard import reject_deleted_video
from app.core.files.content_disposition import attachment
from app.core.files.content_types import CONTENT_TYPES
from app.models.pipeline import Clip
from app.services.exports.naming import stem_from
from app.services.transcripts.captions import to_srt, to_vtt

router = APIRouter(
    prefix="/videos/{video_id}/clips", tags=["clips"], dependencies=[Depends(reject_deleted_video)]
)


@router.get("", responses=problem_responses(404, 422, 503))
async def list_clips(video_id: VideoId, container: ContainerDep) -> list[Clip]:
    """List the existing clips in order of time, at most one per unrefined moment."""
    return await container.clips.list_clips(video_id)


# Before the clip itself, whose path matches these too.
@router.get("/{moment_id}.vtt", response_class=Response, responses=captions_responses("text/vtt"))
async def get_clip_vtt(
    video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep, *, download: Download = False
) -> Response:
    """Return the captions of a clip as WebVTT, timed from its start; the clip need not exist."""
    clip = await container.markers.load_captions(video_id, moment_id)
    text = to_vtt(clip.transcript, until=clip.duration)
    return _captions(text, clip.moment.title, ".vtt", as_download=download)


@router.get("/{moment_id}.srt", response_class=Response, responses=captions_responses("application/x-subrip"))
async def get_clip_srt(
    video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep, *, download: Download = False
) -> Response:
    """Return the captions of a clip as SubRip, timed from its start; the clip need not exist."""
    clip = await container.markers.load_captions(video_id, moment_id)
    text = to_srt(clip.transcript, until=clip.duration)
    return _captions(text, clip.moment.title, ".srt", as_download=download)


@router.head("/{moment_id}", response_class=Response, responses=CLIP, name="head_clip")
@router.get("/{moment_id}", response_class=Response, responses=CLIP)
async def get_clip(
    video_id: VideoId,
    moment_id: MomentIdPath,
    request: Request,
    container: ContainerDep,
    *,
    download: Download = False,
) -> Response:
    """Return the clip's local file, or redirect to the bucket."""
    opened = await container.clips.open_local(video_id, moment_id)
    if opened is None:
        url = await container.clips.signed_url(
            video_id, moment_id, method=request.method, as_download=download
        )
        return RedirectResponse(url, headers=NO_STORE)
    return LocalFileResponse(opened, as_download=download)


def _captions(text: str, title: str, extension: str, *, as_download: bool) -> Response:
    disposition = attachment(f"{stem_from(title)}{extension}")
    headers = {"Content-Disposition": disposition} if as_download else None
    return Response(text, media_type=CONTENT_TYPES[extension], headers=headers)

"""What the pipeline made of a video: transcript, captions and clips."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.api.dependencies import ContainerDep, Download, VideoId
from app.api.endpoints.moments import MomentIdPath
from app.api.file_responses import LocalFileResponse
from app.api.openapi import CLIP, captions_responses, problem_responses
from app.core.exceptions import ResultNotFoundError
from app.media.formats import CONTENT_TYPES
from app.models.pipeline import Clip
from app.models.transcript import Transcript
from app.services.transcripts.captions import to_srt, to_vtt

router = APIRouter(prefix="/videos/{video_id}", tags=["results"])

NOT_STORED = {"cache-control": "no-store"}


@router.get("/transcript", responses=problem_responses(404, 422, 503))
async def get_transcript(video_id: VideoId, clients: ContainerDep) -> Transcript:
    """What is said, with the times of words and segments."""
    transcript = await clients.documents.transcripts.load_local_first(video_id)
    if transcript is None:
        raise ResultNotFoundError("transcript", video_id)
    return transcript


@router.get("/transcript.vtt", response_class=Response, responses=captions_responses("text/vtt"))
async def get_transcript_vtt(video_id: VideoId, clients: ContainerDep) -> Response:
    """The captions as WebVTT, which browsers show."""
    transcript = await get_transcript(video_id, clients)
    return Response(to_vtt(transcript), media_type=CONTENT_TYPES[".vtt"])


@router.get("/transcript.srt", response_class=Response, responses=captions_responses("application/x-subrip"))
async def get_transcript_srt(video_id: VideoId, clients: ContainerDep) -> Response:
    """The captions as SubRip, which players and editors take."""
    transcript = await get_transcript(video_id, clients)
    return Response(to_srt(transcript), media_type=CONTENT_TYPES[".srt"])


@router.get("/clips", responses=problem_responses(404, 422, 503))
async def list_clips(video_id: VideoId, clients: ContainerDep) -> list[Clip]:
    """The clips that are there, in order of time."""
    return await clients.clips.list_clips(video_id)


@router.head("/clips/{moment_id}", response_class=Response, responses=CLIP, name="head_clip")
@router.get("/clips/{moment_id}", response_class=Response, responses=CLIP)
async def get_clip(
    video_id: VideoId,
    moment_id: MomentIdPath,
    request: Request,
    clients: ContainerDep,
    *,
    download: Download = False,
) -> Response:
    """A clip's bytes: from the file on this machine, or else from where the bucket has them."""
    opened = await clients.clips.open_local(video_id, moment_id)
    if opened is None:
        url = await clients.clips.signed_url(video_id, moment_id, method=request.method, as_download=download)
        return RedirectResponse(url, headers=NOT_STORED)
    return LocalFileResponse(opened, as_download=download)

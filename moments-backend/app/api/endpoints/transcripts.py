"""`/api/videos/{video_id}/transcript`, also as WebVTT and SubRip."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.dependencies import ContainerDep, VideoId
from app.api.responses import captions_responses, problem_responses
from app.core.exceptions import ResultNotFoundError
from app.core.files.content_types import CONTENT_TYPES
from app.models.transcript import Transcript
from app.services.transcripts.captions import to_srt, to_vtt

router = APIRouter(prefix="/videos/{video_id}", tags=["transcripts"])


@router.get("/transcript", responses=problem_responses(404, 422, 503))
async def get_transcript(video_id: VideoId, container: ContainerDep) -> Transcript:
    """Return the transcript with word and segment times."""
    transcript = await container.documents.transcripts.load_local_first(video_id)
    if transcript is None:
        raise ResultNotFoundError("transcript", video_id)
    return transcript


@router.get("/transcript.vtt", response_class=Response, responses=captions_responses("text/vtt"))
async def get_transcript_vtt(video_id: VideoId, container: ContainerDep) -> Response:
    """Return captions as WebVTT, for browsers."""
    transcript = await get_transcript(video_id, container)
    return Response(to_vtt(transcript), media_type=CONTENT_TYPES[".vtt"])


@router.get("/transcript.srt", response_class=Response, responses=captions_responses("application/x-subrip"))
async def get_transcript_srt(video_id: VideoId, container: ContainerDep) -> Response:
    """Return captions as SubRip, for players and video editors."""
    transcript = await get_transcript(video_id, container)
    return Response(to_srt(transcript), media_type=CONTENT_TYPES[".srt"])

"""`/api/videos/{video_id}/transcript`: reading, correction, import and export."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.params.version import VersionParameter
from app.api.responses import captions_responses, export_responses, problem_responses, transcript_responses
from app.api.trash_guard import reject_deleted_video
from app.core.exceptions import InvalidRequestError, ResultNotFoundError, UnsupportedBodyError
from app.core.files.content_types import CONTENT_TYPES
from app.core.languages import language_code
from app.models.transcript import Transcript
from app.models.transcript_edit import TranscriptChanged, TranscriptPatch, TranscriptRead
from app.services.moments.documents import StoredDocument
from app.services.transcripts.caption_parser import MEDIA_TYPES, format_of
from app.services.transcripts.captions import to_srt, to_vtt
from app.services.transcripts.exports import to_json, to_txt
from app.services.transcripts.importing import import_file
from app.services.transcripts.store import TranscriptOutcome

router = APIRouter(
    prefix="/videos/{video_id}", tags=["transcripts"], dependencies=[Depends(reject_deleted_video)]
)

IfMatch = Annotated[
    str | None,
    Header(
        description="ETag of the transcript that the change is for; another version is answered with 409."
    ),
]
Language = Annotated[
    str | None,
    Query(max_length=40, description="Language of the text, such as `de`; by default it is detected."),
]
_TEXT = {"schema": {"type": "string"}}
_IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}}
        | {media_type: _TEXT for media_type in MEDIA_TYPES if media_type != "application/json"},
    }
}


@router.get("/transcript", responses=transcript_responses(404, 422, 503))
async def get_transcript(video_id: VideoId, container: ContainerDep, response: Response) -> TranscriptRead:
    """Return the transcript with the user's corrections, word and segment times, and the audio by content."""
    document = await _document(video_id, container)
    response.headers["etag"] = _etag(document)
    return TranscriptRead.of(document.content)


@router.put(
    "/transcript", responses=transcript_responses(404, 409, 413, 415, 422, 503), openapi_extra=_IMPORT_BODY
)
async def replace_transcript(
    video_id: VideoId,
    request: Request,
    response: Response,
    container: ContainerDep,
    event: AuditEventDep,
    language: Language = None,
    if_match: IfMatch = None,
) -> TranscriptChanged:
    """Import a transcript: JSON of this shape or OpenAI's, WebVTT, SRT or plain text of at most 32 MiB.

    Words of plain text without times get those of the current transcript. Later runs keep the import.
    """
    if language and language_code(language) is None:
        raise InvalidRequestError(f"unknown language {language!r}", remedy="use a code such as de or en")
    content = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    file_format = format_of(content, media_type=media_type)
    if file_format is None:
        raise UnsupportedBodyError(media_type, supported=MEDIA_TYPES)
    event.set(format=file_format.value, size=len(content), language=language)
    outcome = await import_file(
        container.transcripts, video_id, content, file_format, language=language, if_match=if_match
    )
    return _changed(outcome, response, video_id)


@router.patch("/transcript", responses=transcript_responses(404, 409, 422, 503))
async def correct_transcript(
    video_id: VideoId,
    patch: TranscriptPatch,
    response: Response,
    container: ContainerDep,
    event: AuditEventDep,
    if_match: IfMatch = None,
) -> TranscriptChanged:
    """Correct segments, or replace a text in all of them.

    Times of unchanged words are kept and those of others interpolated. Later runs keep corrected segments.
    Sending the same request twice changes nothing the second time.
    """
    outcome = await container.transcripts.correct(video_id, patch, if_match=if_match)
    event.set(
        segments=[correction.index for correction in patch.segments] if patch.segments else None,
        replacements=outcome.replacements if patch.replace else None,
    )
    return _changed(outcome, response, video_id)


@router.delete("/transcript", status_code=204, responses=problem_responses(404, 409, 422, 503))
async def reset_transcript(video_id: VideoId, container: ContainerDep, if_match: IfMatch = None) -> None:
    """Discard corrections and imports: the result of the last run applies again.

    An imported transcript of a video that was never transcribed is deleted.
    """
    await container.transcripts.reset(video_id, if_match=if_match)


@router.post(
    "/transcript/undo",
    response_model=TranscriptChanged,
    responses=transcript_responses(404, 409, 422, 503)
    | {204: {"description": "Undone; the video has no transcript any more"}},
)
async def undo_transcript_change(
    video_id: VideoId, response: Response, container: ContainerDep, if_match: IfMatch = None
) -> TranscriptChanged | Response:
    """Undo the last correction, replacement, import or reset; repeat it to undo earlier ones."""
    outcome = await container.transcripts.undo(video_id, if_match=if_match)
    return Response(status_code=204) if outcome.document is None else _changed(outcome, response, video_id)


@router.get("/transcript.vtt", response_class=Response, responses=captions_responses("text/vtt"))
async def get_transcript_vtt(
    video_id: VideoId, container: ContainerDep, _v: VersionParameter = None
) -> Response:
    """Return captions as WebVTT, for browsers."""
    return await _export(video_id, container, to_vtt, CONTENT_TYPES[".vtt"])


@router.get("/transcript.srt", response_class=Response, responses=captions_responses("application/x-subrip"))
async def get_transcript_srt(video_id: VideoId, container: ContainerDep) -> Response:
    """Return captions as SubRip, for players and video editors."""
    return await _export(video_id, container, to_srt, CONTENT_TYPES[".srt"])


@router.get("/transcript.txt", response_class=Response, responses=export_responses("text/plain"))
async def get_transcript_txt(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the text without times, in paragraphs that end at pauses."""
    return await _export(video_id, container, to_txt, "text/plain")


@router.get("/transcript.json", response_class=Response, responses=export_responses("application/json"))
async def get_transcript_json(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the transcript as a file that `PUT …/transcript` accepts."""
    return await _export(video_id, container, to_json, CONTENT_TYPES[".json"])


async def _document(video_id: str, container: ContainerDep) -> StoredDocument[Transcript]:
    document = await container.transcripts.read_local_first(video_id)
    if document is None:
        raise ResultNotFoundError("transcript", video_id)
    return document


async def _export(
    video_id: str, container: ContainerDep, write: Callable[[Transcript], str], media_type: str
) -> Response:
    document = await _document(video_id, container)
    return Response(write(document.content), media_type=media_type)


def _etag(document: StoredDocument[Transcript]) -> str:
    return f'"{document.md5}"'


def _changed(outcome: TranscriptOutcome, response: Response, video_id: str) -> TranscriptChanged:
    if outcome.document is None:
        raise ResultNotFoundError("transcript", video_id)
    response.headers["etag"] = _etag(outcome.document)
    return TranscriptChanged.after(
        outcome.document.content, replacements=outcome.replacements, can_undo=outcome.can_undo
    )

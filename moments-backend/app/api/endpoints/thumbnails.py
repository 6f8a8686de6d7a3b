"""`/api/videos/{video_id}/thumbnail`."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.file_responses import LocalFileResponse
from app.api.params.version import VersionParameter
from app.api.responses import THUMBNAIL, problem_responses
from app.core.exceptions import InvalidRequestError, UnsupportedBodyError
from app.media.thumbnail import PICTURE_DEMUXERS
from app.models.thumbnail import Thumbnail, ThumbnailTime

router = APIRouter(prefix="/videos/{video_id}/thumbnail", tags=["videos"])

CACHE_HEADERS = {"cache-control": "private, no-cache"}
"""Browsers revalidate thumbnails at each use, so that a user's choice is visible at once."""

JSON = "application/json"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": ThumbnailTime.model_json_schema()}}
        | dict.fromkeys(PICTURE_DEMUXERS, _BINARY),
    }
}


@router.head("", response_class=Response, responses=THUMBNAIL, name="head_thumbnail")
@router.get("", response_class=Response, responses=THUMBNAIL)
async def get_thumbnail(
    video_id: VideoId,
    container: ContainerDep,
    _v: VersionParameter = None,
) -> Response:
    """Return the video's thumbnail as JPEG, at most 640 pixels wide: the user's, the site's or a frame."""
    return LocalFileResponse(await container.thumbnails.open(video_id), CACHE_HEADERS)


@router.put("", responses=problem_responses(404, 409, 422, 429, 503), openapi_extra=_BODY)
async def set_thumbnail(
    video_id: VideoId, request: Request, container: ContainerDep, event: AuditEventDep
) -> Thumbnail:
    """Use the frame at `at_seconds`, or the image in the body, as the thumbnail.

    The image, of at most 20 MiB, is encoded again as JPEG, without its metadata.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if content_type == JSON:
        chosen = _parse_time(body)
        event.set(at_seconds=chosen.at_seconds)
        return await container.thumbnails.choose_frame(video_id, chosen.at_seconds)
    if content_type not in PICTURE_DEMUXERS:
        raise UnsupportedBodyError(content_type)
    event.set(content_type=content_type)
    return await container.thumbnails.choose_picture(video_id, body, content_type)


@router.delete("", status_code=204, responses=problem_responses(404, 422, 503))
async def reset_thumbnail(video_id: VideoId, container: ContainerDep) -> None:
    """Remove the user's thumbnail; the site's is used again, or the automatic one if there is none."""
    await container.thumbnails.reset(video_id)


def _parse_time(body: bytes) -> ThumbnailTime:
    """Return the time in a JSON body.

    Raises:
        InvalidRequestError: the body does not fit the schema.
    """
    try:
        return ThumbnailTime.model_validate_json(body)
    except ValueError:
        raise InvalidRequestError(
            "the body is not a JSON object with a number at_seconds from 0 to 10000000",
            remedy='send a body such as {"at_seconds": 12.5}',
        ) from None

"""`/shared/{token}`: the content of share links, for visitors without a key."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from app.api.auth import client_of
from app.api.dependencies import ContainerDep, ObjectStreamsDep
from app.api.file_responses import NO_STORE, LocalFileResponse
from app.api.responses import STREAM, THUMBNAIL, captions_responses, problem_responses
from app.api.stream_revocation import Permission
from app.core.exceptions import ShareLinkNotFoundError
from app.core.files.content_types import CONTENT_TYPES
from app.models.share import SharedVideo, SharePassword
from app.repositories.share_link_repository import SharedLink
from app.services.sharing.passwords import COOKIE_SECONDS

PREFIX = "/shared"
COOKIE = "videomoments_share"
CHECK_SECONDS = 10.0
"""Shortest time between two checks of a link while its video is sent."""

router = APIRouter(prefix=f"{PREFIX}/{{token}}", tags=["sharing"])

Token = Annotated[str, Path(min_length=1, max_length=200, description="The last part of the address.")]
REFUSALS = problem_responses(401, 404, 422, 429, 503)


async def _shared_link(token: Token, request: Request, container: ContainerDep) -> SharedLink:
    return await container.sharing.open(token, client_of(request.scope), request.cookies.get(COOKIE))


SharedLinkDep = Annotated[SharedLink, Depends(_shared_link)]


@router.get("", responses=REFUSALS)
async def get_shared(shared: SharedLinkDep, container: ContainerDep, response: Response) -> SharedVideo:
    """Return title, state, captions and chapters of what the link shares, and count the view."""
    response.headers.update(NO_STORE)
    return await container.sharing.describe(shared)


@router.post("/password", status_code=204, responses=REFUSALS)
async def enter_share_password(
    token: Token, entered: SharePassword, request: Request, container: ContainerDep
) -> Response:
    """Set a cookie for the link, valid for twelve hours, if the password is right."""
    password = entered.password.get_secret_value()
    cookie = await container.sharing.enter_password(token, client_of(request.scope), password)
    response = Response(status_code=204)
    if cookie is not None:
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_SECONDS,
            path=f"{PREFIX}/{token}",
            httponly=True,
            samesite="strict",
            secure=request.scope["scheme"] == "https",
        )
    return response


@router.head("/video", response_class=Response, responses=STREAM | REFUSALS, name="head_shared_video")
@router.get("/video", response_class=Response, responses=STREAM | REFUSALS)
async def get_shared_video(
    shared: SharedLinkDep, request: Request, container: ContainerDep, streams: ObjectStreamsDep
) -> Response:
    """Return the bytes that the page plays. Ranges are supported."""
    check = partial(container.sharing.ensure_active, shared)
    permission = Permission(check, ShareLinkNotFoundError, CHECK_SECONDS)
    return streams.respond(await container.sharing.stored_object(shared), request, permission)


@router.get("/captions.vtt", response_class=Response, responses=captions_responses("text/vtt") | REFUSALS)
async def get_shared_captions(shared: SharedLinkDep, container: ContainerDep) -> Response:
    """Return the captions as WebVTT; times start with the shared range."""
    return Response(await container.sharing.captions(shared), media_type=CONTENT_TYPES[".vtt"])


@router.get("/thumbnail", response_class=Response, responses=THUMBNAIL | REFUSALS)
async def get_shared_thumbnail(shared: SharedLinkDep, container: ContainerDep) -> Response:
    """Return the video's thumbnail as JPEG."""
    opened = await container.thumbnails.open(shared.video.identifier)
    return LocalFileResponse(opened, {"content-disposition": "inline", "cache-control": "private, no-cache"})

"""`/api/session`: a cookie in exchange for the key."""

from fastapi import APIRouter, Request, Response

from app.api.auth import COOKIE, set_session_cookie
from app.api.dependencies import ContainerDep

router = APIRouter(tags=["session"])


@router.get("/session", status_code=204)
async def check_session() -> None:
    """Whether this request may use the API: because no key is set, or because it shows one or its cookie."""


@router.post("/session", status_code=204, openapi_extra={"security": [{}, {"key": []}]})
async def open_session(request: Request, clients: ContainerDep) -> Response:
    """Give the browser a cookie that stands for the key for seven days. A cookie alone opens no new one."""
    response = Response(status_code=204)
    set_session_cookie(response, clients.settings, secure=request.scope["scheme"] == "https")
    return response


@router.delete("/session", status_code=204)
async def close_session() -> Response:
    """Take the cookie back from the browser."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response

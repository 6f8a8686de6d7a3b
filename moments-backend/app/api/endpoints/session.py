"""`/api/session`: a cookie in exchange for the API key."""

from fastapi import APIRouter, Request, Response

from app.api.auth import COOKIE, set_session_cookie
from app.api.dependencies import ContainerDep

router = APIRouter(tags=["session"])


@router.get("/session", status_code=204)
async def check_session() -> None:
    """Check whether this request is authorised."""


@router.post("/session", status_code=204, openapi_extra={"security": [{}, {"key": []}]})
async def open_session(request: Request, container: ContainerDep) -> Response:
    """Set a cookie that is valid for seven days. Requires the API key; a cookie is not enough."""
    response = Response(status_code=204)
    set_session_cookie(response, container.settings, secure=request.scope["scheme"] == "https")
    return response


@router.delete("/session", status_code=204)
async def close_session() -> Response:
    """Delete the session cookie."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response

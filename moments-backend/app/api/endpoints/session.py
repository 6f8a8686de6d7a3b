"""`/api/session`: a session cookie in exchange for a key."""

from fastapi import APIRouter, Request, Response

from app.api.auth import COOKIE, set_session_cookie
from app.api.dependencies import ContainerDep, PrincipalDep
from app.api.responses import problem_responses

router = APIRouter(tags=["session"])


@router.get("/session", status_code=204)
async def check_session() -> None:
    """Check whether this request is authorised."""


@router.post(
    "/session",
    status_code=204,
    openapi_extra={"security": [{}, {"key": []}]},
    responses=problem_responses(503),
)
async def open_session(request: Request, principal: PrincipalDep, container: ContainerDep) -> Response:
    """Set a cookie that is valid for seven days, with the key's scope. A cookie is not enough to get one."""
    response = Response(status_code=204)
    session_id = await container.access.open_session(principal)
    if session_id is not None:
        set_session_cookie(response, session_id, secure=request.scope["scheme"] == "https")
    return response


@router.delete("/session", status_code=204, responses=problem_responses(503))
async def close_session(request: Request, container: ContainerDep) -> Response:
    """Revoke the session of the cookie and delete the cookie."""
    session_id = request.cookies.get(COOKIE)
    if session_id is not None:
        await container.access.sessions.revoke(session_id)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response

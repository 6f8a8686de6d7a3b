"""`/api/session`: a cookie in exchange for the key."""

from fastapi import APIRouter, Request, Response

from app.api.access import set_session_cookie
from app.api.dependencies import ClientsDep

router = APIRouter(tags=["session"])


@router.post("/session", status_code=204, openapi_extra={"security": [{}, {"key": []}]})
async def open_session(request: Request, clients: ClientsDep) -> Response:
    """Give the browser a cookie that stands for the key for seven days. A cookie alone opens no new one."""
    response = Response(status_code=204)
    set_session_cookie(response, clients.settings, secure=request.scope["scheme"] == "https")
    return response

"""`/api/moments`: the moments of all videos."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import ContainerDep
from app.api.params.moment_list import MomentListParams
from app.api.responses import MOMENT_LIST
from app.models.moment import LibraryMoment
from app.repositories import moment_list_query
from app.services.moments.library_moments import list_page

router = APIRouter(prefix="/moments", tags=["moments"])


@router.get("", responses=MOMENT_LIST)
async def list_moments(
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[MomentListParams, Query()],
) -> list[LibraryMoment]:
    """List the moments of all videos, best first. A refined moment is listed in place of its original."""
    query = params.to_query()
    moments, position = await list_page(container.read_pool, query, limit=params.limit)
    if position is not None:
        response.headers["link"] = params.next_link(position, request)
    if params.count:
        total = await moment_list_query.count(container.read_pool, query.filter)
        response.headers["x-total-count"] = str(total)
    return moments

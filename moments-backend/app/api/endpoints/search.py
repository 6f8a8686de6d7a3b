"""`/api/search`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import ContainerDep
from app.api.params.search import SearchParams
from app.api.responses import SEARCH
from app.models.search import SearchResults

router = APIRouter(prefix="/search", tags=["search"])


@router.get("", responses=SEARCH)
async def search_library(
    request: Request, response: Response, container: ContainerDep, params: Annotated[SearchParams, Query()]
) -> SearchResults:
    """Search transcripts, titles, tags, descriptions, channels, moments and chapters, best hits first."""
    results, position = await container.search.search(params.to_request())
    if position is not None:
        response.headers["link"] = params.next_link(position, request)
    return results

"""`/api/facets`: values that the filters of the library offer."""

from fastapi import APIRouter

from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.schemas import Facets, FacetValue
from app.repositories.video_list_query import read_facets

router = APIRouter(prefix="/facets", tags=["videos"])


@router.get("", responses=problem_responses(503))
async def list_facets(container: ContainerDep) -> Facets:
    """Return the channels and folders of all videos, each with its number of videos."""
    channels, folders = await read_facets(container.read_pool)
    return Facets(
        channels=[FacetValue(value=value, count=count) for value, count in channels],
        folders=[FacetValue(value=value, count=count) for value, count in folders],
    )

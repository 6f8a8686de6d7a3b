"""`/api/facets`: values that the filters of the library offer."""

import asyncio

from fastapi import APIRouter

from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.schemas import Facets, FacetValue, FolderFacetValue
from app.repositories import facet_query

router = APIRouter(prefix="/facets", tags=["videos"])


@router.get("", responses=problem_responses(503))
async def list_facets(container: ContainerDep) -> Facets:
    """Return channels, folders, tags and spoken languages, each with its number of videos."""
    pool = container.read_pool
    channels, folders, tags, languages = await asyncio.gather(
        facet_query.read_channels(pool),
        facet_query.read_folders(pool),
        facet_query.read_tags(pool),
        facet_query.read_languages(pool),
    )
    return Facets(
        channels=[FacetValue(value=value, count=count) for value, count in channels],
        folders=[FolderFacetValue(value=value, count=count, total=total) for value, count, total in folders],
        tags=[FacetValue(value=value, count=count) for value, count in tags],
        languages=[FacetValue(value=value, count=count) for value, count in languages],
    )

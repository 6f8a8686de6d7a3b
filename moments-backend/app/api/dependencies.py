"""Dependencies and parameters that endpoints share."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.object_response import ObjectStreams
from app.api.tus.protocol import TusProtocol
from app.database.dependencies import get_db
from app.models.pipeline import RunKind
from app.models.text import NoNulStr
from app.services.access.principal import Principal
from app.services.container import ApiContainer


async def _container(request: Request) -> ApiContainer:
    container: ApiContainer = request.app.state.container
    return container


async def _tus(request: Request) -> TusProtocol:
    tus: TusProtocol = request.app.state.tus
    return tus


async def _object_streams(request: Request) -> ObjectStreams:
    streams: ObjectStreams = request.app.state.object_streams
    return streams


async def _principal(request: Request) -> Principal:
    principal: Principal = request.state.principal
    return principal


ContainerDep = Annotated[ApiContainer, Depends(_container)]
PrincipalDep = Annotated[Principal, Depends(_principal)]
ObjectStreamsDep = Annotated[ObjectStreams, Depends(_object_streams)]
TusDep = Annotated[TusProtocol, Depends(_tus)]
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]

VideoId = Annotated[NoNulStr, Path(description="The video's identifier.")]
MomentIdPath = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="The moment's id.")]
Kind = Annotated[RunKind, Query(description="Kind of the run.")]
Download = Annotated[bool, Query(description="Make browsers save the file instead of showing it.")]

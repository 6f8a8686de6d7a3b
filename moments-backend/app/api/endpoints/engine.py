"""`/api/engine`: the engine that finds moments."""

from fastapi import APIRouter

from app.ai.moments.factory import describe_engine
from app.api.dependencies import ContainerDep
from app.models.engine import EngineInfo

router = APIRouter(prefix="/engine", tags=["moments"])


@router.get("")
async def get_engine(container: ContainerDep) -> EngineInfo:
    """Return the name of the engine that finds moments, and whether it reads a prompt."""
    return describe_engine(container.settings)

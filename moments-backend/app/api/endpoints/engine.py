"""`/api/engine`: the engine that finds moments."""

from fastapi import APIRouter

from app.ai.moments.factory import describe_engine
from app.api.dependencies import ContainerDep
from app.core.concurrency import run_in_thread
from app.models.engine import EngineInfo

router = APIRouter(prefix="/engine", tags=["moments"])


@router.get("")
async def get_engine(container: ContainerDep) -> EngineInfo:
    """Return the name of the engine that finds moments, whether it reads a prompt, and what it costs."""
    return await run_in_thread(describe_engine, container.settings)

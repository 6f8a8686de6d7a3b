"""`/health`."""

from fastapi import APIRouter, Response

from app.api.dependencies import ContainerDep
from app.models.schemas import Health
from app.services.health import check_health

router = APIRouter(tags=["health"])


@router.get("/health", responses={503: {"model": Health, "description": "PostgreSQL or Redis unavailable"}})
async def get_health(container: ContainerDep, response: Response) -> Health:
    """Report whether PostgreSQL and Redis respond within two seconds."""
    health = await check_health(container.read_pool, container.redis)
    response.status_code = 200 if health.status == "healthy" else 503
    return health

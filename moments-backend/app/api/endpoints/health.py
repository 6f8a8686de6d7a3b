"""`/health`."""

from fastapi import APIRouter, Response

from app.api.dependencies import ContainerDep
from app.models.schemas import Health
from app.services.health import check_health

router = APIRouter(tags=["health"])


@router.get("/health", responses={503: {"model": Health, "description": "A server does not answer"}})
async def get_health(clients: ContainerDep, response: Response) -> Health:
    """Whether PostgreSQL and Redis answer, within two seconds."""
    health = await check_health(clients.reader, clients.redis)
    response.status_code = 200 if health.status == "healthy" else 503
    return health

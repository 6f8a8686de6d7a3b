"""`/api/migrations`: the last results of `videomoments migrate`."""

from fastapi import APIRouter

from app.api.responses import problem_responses
from app.models.migration import MigrationRecord
from app.services.migration import reports

router = APIRouter(prefix="/migrations", tags=["intake"])


@router.get("", responses=problem_responses(503))
async def list_migrations() -> list[MigrationRecord]:
    """List the last migration of each folder, the latest first, with the files that failed."""
    return await reports.list_migrations()

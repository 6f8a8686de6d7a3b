"""`/api/system` and `/api/settings`: health and configuration of the installation."""

from fastapi import APIRouter

from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.system import SettingInfo, SystemInfo
from app.services.settings_overview import list_settings

router = APIRouter(tags=["system"])


@router.get("/system", responses=problem_responses(503))
async def get_system(container: ContainerDep) -> SystemInfo:
    """Return the version, where objects are stored, and the health of each part."""
    return await container.system.describe()


@router.get("/settings")
async def get_settings(container: ContainerDep) -> list[SettingInfo]:
    """List all settings with their present values. Secrets are hidden. Requires the scope `admin`."""
    return list_settings(container.settings)

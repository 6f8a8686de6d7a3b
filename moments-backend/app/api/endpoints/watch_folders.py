"""`/api/watch-folders`: folders whose new videos are registered by themselves."""

from fastapi import APIRouter

from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.watch_folder import WatchFolderRecord
from app.services.watch_folders.service import list_watch_folders as read

router = APIRouter(prefix="/watch-folders", tags=["intake"])


@router.get("", responses=problem_responses(503))
async def list_watch_folders(container: ContainerDep) -> list[WatchFolderRecord]:
    """List the folders of `WATCH_DIR` with their state, their counts and the files that failed."""
    return await read(container.settings)

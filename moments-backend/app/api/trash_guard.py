"""Keeps routes of one video from answering for a video in the trash."""

from fastapi import Request

from app.api.dependencies import ContainerDep
from app.services.library import local_files


async def reject_deleted_video(request: Request, container: ContainerDep) -> None:
    """Answer 404 if the path names a video in the trash.

    For routes that read files and documents without the video's row; the others look the row up themselves.

    Raises:
        VideoInTrashError: it does.
    """
    video_id = request.path_params.get("video_id")
    if video_id is not None and "\0" not in video_id:
        await local_files.ensure_not_deleted(container.settings, video_id)

"""The videos of which names and rows alone tell the outcome. Needs neither bucket nor ffprobe."""

from app.services.migration.planner import Task
from app.services.migration.results import Mode, Status
from app.services.migration.runner import HandlerBundle
from app.services.migration.text_output import VideoOutput


def decide_without_io(mode: Mode, task: Task, block: VideoOutput) -> Status | None:
    """Skipped where the video has its row; None where there is work to do.

    Raises:
        VideoMomentsError: the file cannot be migrated as things stand.
    """
    if task.error is not None:
        raise task.error
    if task.row is None:
        return None
    block.set_skipped(mode)
    return Status.SKIPPED


def noop_handler(mode: Mode) -> HandlerBundle:
    """The work of a run in which nothing is new."""

    async def handle(task: Task, block: VideoOutput) -> Status:
        status = decide_without_io(mode, task, block)
        assert status is not None  # noqa: S101 - the caller's promise
        return status

    return HandlerBundle(handle)

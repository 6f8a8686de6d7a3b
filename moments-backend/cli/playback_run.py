"""Execution of `videomoments playback`."""

from collections.abc import Sequence

from app.models.pipeline import RunState
from cli.pipeline import Pipeline
from cli.run_batch import RunBatch


class PlaybackCommand(RunBatch):
    kind = "playback"
    action = "playback.request"
    nothing_to_do = "No video needs a copy."

    async def list_wanted(self, pipeline: Pipeline) -> Sequence[str]:
        return await pipeline.playback.list_wanted()

    async def start(self, pipeline: Pipeline, video: str) -> RunState:
        return await pipeline.playback.request(video)

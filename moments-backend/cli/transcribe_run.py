"""Execution of `videomoments transcribe`."""

from collections.abc import Sequence

from app.core.exceptions import RunInProgressError
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest, RunOptions, RunState
from app.repositories import video_db_repository
from cli.pipeline import Pipeline
from cli.run_batch import RunBatch


class TranscribeCommand(RunBatch):
    """Transcribes the videos again, or those without a transcript for the first time."""

    kind = "moments"
    action = "run.start"
    nothing_to_do = "Every video with audio has a transcript."

    def __init__(self, videos: Sequence[str], options: RunOptions, *, detach: bool, as_json: bool) -> None:
        super().__init__(videos, detach=detach, as_json=as_json)
        changes = {"stages": ["transcription"], "regenerate": bool(videos)}
        self._options = options.model_dump() | changes

    async def list_wanted(self, pipeline: Pipeline) -> Sequence[str]:
        async with transaction() as session:
            candidates = await video_db_repository.list_without_transcript(session)
        if not candidates:
            return []
        # Transcripts of earlier versions may not be indexed yet.
        prefix = pipeline.settings.gcs_transcripts_prefix
        stored = {found.name for found in await pipeline.uploader.list_objects(prefix)}
        return [video for video in candidates if f"{prefix}{video}.json" not in stored]

    async def start(self, pipeline: Pipeline, video: str) -> RunState:
        try:
            await pipeline.run_service.submit(GenerateMomentsRequest(**self._options, video_id=video))
        except RunInProgressError:
            if self._videos:
                raise
            # A run of all stages is making the transcript already: follow it.
        return await pipeline.run_reader.state(video, self.kind)

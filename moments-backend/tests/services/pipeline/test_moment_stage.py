"""The stage that finds moments: cost and notices of a chat model, and weights from feedback."""

from app.ai.moments.base import MomentEngine, MomentSearchResult
from app.ai.moments.chat.engine import ChatEngine
from app.ai.moments.feature_weights import FeatureWeights
from app.database.session import transaction
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories import video_db_repository
from app.services.moments.feedback import record
from benchmarks.labelled_talk import labelled_talk
from tests.ai.moments.support.model_server import Request, model_server, reply
from tests.ai.moments.support.transcripts import transcript_of
from tests.services.pipeline.conftest import Pipeline, with_resources

TALK = transcript_of([word for word in labelled_talk(3).transcript.word_timestamps if word.end < 240])
ONLY_MOMENTS = {"video_id": "tides", "stages": ["moment_generation"], "max_moment_length": 40}


class RecordingEngine:
    """The real engine, which records the weights of its searches."""

    def __init__(self, engine: MomentEngine) -> None:
        self._engine = engine
        self.weights: list[FeatureWeights | None] = []
        self.name, self.is_repeatable = engine.name, engine.is_repeatable
        self.find_chapters, self.refine, self.close = engine.find_chapters, engine.refine, engine.close

    async def find(
        self, transcript: Transcript, options: GenerationOptions, weights: FeatureWeights | None = None
    ) -> MomentSearchResult:
        self.weights.append(weights)
        return await self._engine.find(transcript, options, weights)


async def add_talk(pipeline: Pipeline) -> int:
    async with transaction() as session:
        cloud_url = f"gs://{pipeline.settings.gcs_bucket_name}/videos/tides/tides.mp4"
        row = await video_db_repository.create(session, "tides", cloud_url, duration_seconds=240.0)
        await session.flush()
        row_id = row.id
    await pipeline.resources.documents.transcripts.write("tides", TALK)
    return row_id


async def test_fallback_of_the_chat_model_is_shown(pipeline: Pipeline) -> None:
    shown: list[str | None] = []

    async def act(request: Request) -> None:
        state = await pipeline.run_reader.state("tides")
        shown.append(state.stages["moment_generation"].reason)
        await reply("Neither.")(request)

    await add_talk(pipeline)
    async with model_server(act) as server:
        own = pipeline.settings.model_copy(
            update={"moment_engine": "openai", "moment_base_url": server.url, "moment_model": "the-model"}
        )
        chat = ChatEngine(own)
        state = await with_resources(pipeline, engine=chat, settings=own).run(**ONLY_MOMENTS)
        await chat.close()
    stage = state.stages["moment_generation"]
    assert stage.status == "completed"
    assert str(stage.reason).startswith("the-model did not compare passages in ")
    assert "asking the-model: at most " in str(shown[0])
    assert await pipeline.resources.documents.moments.load_local_first("tides")


async def test_weights_of_marks_reach_the_engine(pipeline: Pipeline) -> None:
    """Off by default, and loaded once per run."""
    row_id = await add_talk(pipeline)
    recorder = RecordingEngine(pipeline.resources.engine)
    async with transaction() as session:
        for number in range(60):
            scores = {"numbers": float(number % 2), "novelty": number % 7 / 7}
            moment = Moment(id=f"{number:016x}", start_time=0, end_time=9, title="T", score=5, scores=scores)
            await record(session, row_id, moment, "kept" if number % 2 else "deleted")
    state = await with_resources(pipeline, engine=recorder).run(**ONLY_MOMENTS)
    assert state.stages["moment_generation"].status == "completed"
    own = pipeline.settings.model_copy(update={"moment_feedback_weights": True})
    await with_resources(pipeline, engine=recorder, settings=own).run(**ONLY_MOMENTS, regenerate=True)
    off, on = recorder.weights
    assert off == FeatureWeights.neutral()
    assert on is not None
    assert on.of("numbers") > 1.8
    assert 0.8 < on.of("novelty") < 1.25

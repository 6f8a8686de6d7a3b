"""Runs of some stages only, with a language, a vocabulary, and captions beside the video."""

import asyncio

import pytest

from app.ai.transcription.base import (
    DEFAULT_OPTIONS,
    AudioSource,
    ProgressCallback,
    Transcriber,
    TranscriptionOptions,
)
from app.database.session import transaction
from app.models.pipeline import RunState
from app.models.transcript import Transcript
from app.models.transcript_edit import TranscriptPatch
from app.repositories import video_db_repository
from app.services.transcripts import vocabulary
from tests.fixtures.media import make_video
from tests.fixtures.speech import make_spoken_video
from tests.services.pipeline.conftest import Pipeline, until, with_resources

pytestmark = pytest.mark.slow

ONLY_TRANSCRIPT = {"video_id": "tides", "stages": ["transcription"]}
CUES = "1\n00:00:00,100 --> 00:00:00,900\n{}\n"


class RecordingTranscriber:
    """The real transcriber, which records the options of its calls and reuses its first result."""

    def __init__(self, transcriber: Transcriber) -> None:
        self.calls: list[TranscriptionOptions] = []
        self.name = transcriber.name
        self.is_held = False
        self._transcriber = transcriber
        self._found: Transcript | None = None

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        options: TranscriptionOptions = DEFAULT_OPTIONS,
        on_progress: ProgressCallback | None = None,
    ) -> Transcript:
        self.calls.append(options)
        while self.is_held:
            await asyncio.sleep(0.01)
        if self._found is None:
            self._found = await self._transcriber.transcribe(audio, on_progress=on_progress)
        return self._found

    async def close(self) -> None:
        """Keep the transcriber open for other tests."""


@pytest.fixture
def recorder(transcriber: Transcriber) -> RecordingTranscriber:
    return RecordingTranscriber(transcriber)


@pytest.fixture
def spoken(pipeline: Pipeline, recorder: RecordingTranscriber) -> Pipeline:
    """A machine with a video of speech."""
    make_spoken_video(pipeline.settings.videos_dir / "tides.mp4")
    return with_resources(pipeline, transcriber=recorder)


@pytest.fixture
def silent(pipeline: Pipeline, recorder: RecordingTranscriber) -> Pipeline:
    """A machine with a video that has no speech, for captions."""
    make_video(pipeline.settings.videos_dir / "tides.mp4")
    return with_resources(pipeline, transcriber=recorder)


def done(state: RunState) -> set[str]:
    assert state.status == "completed", state.error
    return {name for name, stage in state.stages.items() if stage.status == "completed"}


async def transcript_of(pipeline: Pipeline, video_id: str = "tides") -> Transcript:
    found = await pipeline.resources.transcripts.load_authoritative(video_id)
    assert found is not None
    return found


async def set_language(language: str | None) -> None:
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, "tides")
        assert row is not None
        await video_db_repository.update(session, row.id, language=language)


async def test_transcription_alone_keeps_moments_and_clips(
    spoken: Pipeline, recorder: RecordingTranscriber
) -> None:
    first = await spoken.run(**ONLY_TRANSCRIPT)
    assert done(first) == {"video_download", "audio_extraction", "audio_upload", "transcription"}
    assert {first.stages[name].reason for name in ("moment_generation", "clip_upload")} == {
        "not requested: this run makes only transcription"
    }
    assert await spoken.resources.documents.moments.load_authoritative("tides") is None
    assert await spoken.resources.chapters.has_topics("tides")

    full = await spoken.run(video_id="tides")
    assert {"moment_generation", "clip_extraction", "clip_upload"} <= done(full)
    assert full.stages["transcription"].reason == "already transcribed"
    before = await spoken.objects()

    again = await spoken.run(**ONLY_TRANSCRIPT, regenerate=True)
    assert "transcription" in done(again)
    assert await spoken.objects() == before
    unchanged = await spoken.run(video_id="tides")
    assert unchanged.stages["moment_generation"].reason == "already generated with these options"
    assert len(recorder.calls) == 2


async def test_clips_alone_use_existing_moments(spoken: Pipeline) -> None:
    await spoken.run(video_id="tides", stages=["moment_generation"])
    moments = await spoken.resources.documents.moments.load_authoritative("tides")
    assert moments

    state = await spoken.run(video_id="tides", stages=["clip_upload"], max_moments=1, min_moment_length=4)

    assert {"clip_extraction", "clip_upload"} <= done(state)
    assert state.stages["moment_generation"].reason == "already generated"
    assert state.stages["moment_refinement"].reason == "not requested: this run makes only clip upload"
    assert await spoken.resources.documents.moments.load_authoritative("tides") == moments


async def test_other_options_transcribe_again(spoken: Pipeline, recorder: RecordingTranscriber) -> None:
    await vocabulary.replace(["Zuiderzee", "neap tide"], settings=spoken.settings)
    await spoken.run(**ONLY_TRANSCRIPT)
    assert recorder.calls == [TranscriptionOptions(None, ("neap tide", "Zuiderzee"))]
    await spoken.run(**ONLY_TRANSCRIPT, language="en")  # the language that was detected
    assert len(recorder.calls) == 1
    await set_language("de")
    await spoken.run(**ONLY_TRANSCRIPT)
    await spoken.run(**ONLY_TRANSCRIPT)
    await spoken.run(**ONLY_TRANSCRIPT, language="fr", vocabulary=["Delfzijl"])
    await spoken.run(**ONLY_TRANSCRIPT, language="fr", vocabulary=["delfzijl"])
    await spoken.run(**ONLY_TRANSCRIPT, language="auto")
    assert [(call.language, call.vocabulary[:1]) for call in recorder.calls[1:]] == [
        ("de", ("neap tide",)),
        ("fr", ("Delfzijl",)),
        (None, ("neap tide",)),
    ]


async def test_corrections_survive_another_transcription(spoken: Pipeline) -> None:
    await spoken.run(**ONLY_TRANSCRIPT)
    patch = TranscriptPatch.model_validate({"segments": [{"index": 0, "text": "The quay is wet."}]})
    await spoken.resources.transcripts.correct("tides", patch)
    await spoken.run(**ONLY_TRANSCRIPT, regenerate=True)
    found = await transcript_of(spoken)
    assert found.segment_timestamps[0].text == "The quay is wet."
    assert found.segment_timestamps[0].is_edited


async def test_retry_after_a_cancellation_keeps_the_stages(
    spoken: Pipeline, recorder: RecordingTranscriber
) -> None:
    recorder.is_held = True
    request_id = await spoken.submit(**ONLY_TRANSCRIPT)
    work = asyncio.create_task(spoken.work(request_id))
    await until(lambda: recorder.calls)
    await spoken.run_service.cancel("tides")
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    recorder.is_held = False
    await spoken.run_service.retry("tides")
    state = await spoken.work(request_id)
    assert state.options.stages == ["transcription"]
    assert done(state) == {"video_download", "audio_extraction", "audio_upload", "transcription"}
    assert state.stages["moment_generation"].status == "skipped"


async def test_sidecars_become_the_transcript(
    silent: Pipeline, second_machine: Pipeline, recorder: RecordingTranscriber
) -> None:
    sidecar = silent.settings.videos_dir / "tides.en.srt"
    sidecar.write_text(CUES.format("Words beside the video."))
    sidecar.with_name("tides.forced.srt").write_text(CUES.format("Forced."))
    await silent.run(**ONLY_TRANSCRIPT)
    found = await transcript_of(silent)
    assert (found.text, found.language, found.source) == ("Words beside the video.", "en", "sidecar")
    unchanged = await silent.run(**ONLY_TRANSCRIPT)
    assert unchanged.stages["transcription"].reason == "already transcribed"

    sidecar.write_text(CUES.format("Other words beside the video."))
    ignored = await silent.run(video_id="tides")
    assert ignored.stages["transcription"].reason == "already transcribed"
    await silent.run(**ONLY_TRANSCRIPT)
    assert (await transcript_of(silent)).text == "Other words beside the video."

    elsewhere = with_resources(second_machine, transcriber=recorder)
    await elsewhere.run(**ONLY_TRANSCRIPT, regenerate=True)
    assert (await transcript_of(elsewhere)).text == "Other words beside the video."
    assert recorder.calls == []


async def test_captions_in_another_language_are_not_used(
    silent: Pipeline, recorder: RecordingTranscriber
) -> None:
    silent.settings.videos_dir.joinpath("tides.de.srt").write_text(CUES.format("Wörter."))
    await silent.run(**ONLY_TRANSCRIPT, language="fr")
    assert [call.language for call in recorder.calls] == ["fr"]
    await silent.run(**ONLY_TRANSCRIPT, language="de")
    assert (await transcript_of(silent)).text == "Wörter."


async def test_captions_of_a_video_without_audio(pipeline: Pipeline) -> None:
    make_video(pipeline.settings.videos_dir / "tides.mp4", audio=False)
    pipeline.settings.videos_dir.joinpath("tides.srt").write_text(CUES.format("Nobody speaks."))
    state = await pipeline.run(**ONLY_TRANSCRIPT)
    assert done(state) >= {"transcription"}
    assert (await transcript_of(pipeline)).text == "Nobody speaks."


async def test_removed_sidecar_is_not_used_again(silent: Pipeline, recorder: RecordingTranscriber) -> None:
    sidecar = silent.settings.videos_dir / "tides.srt"
    sidecar.write_text(CUES.format("A wrong sidecar."))
    await silent.run(**ONLY_TRANSCRIPT)
    sidecar.unlink()
    await silent.run(**ONLY_TRANSCRIPT)
    assert len(recorder.calls) == 1
    assert (await transcript_of(silent)).source != "sidecar"
    assert not {name for name in await silent.objects() if name.startswith("captions/")}

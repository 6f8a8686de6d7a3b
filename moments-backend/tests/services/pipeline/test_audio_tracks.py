"""Runs of videos with several audio tracks."""

from pathlib import Path

import pytest

from app.database.session import transaction
from app.repositories import video_db_repository
from tests.fixtures.media import ffmpeg
from tests.fixtures.speech import SENTENCES, make_spoken_video
from tests.services.pipeline.conftest import Pipeline

pytestmark = pytest.mark.slow


def make_two_tracks(path: Path, folder: Path) -> None:
    """Write a video whose tracks 1 and 2 hold one sentence each."""
    first, second = (
        make_spoken_video(folder / f"{number}.mp4", sentences=(SENTENCES[number],)) for number in (0, 2)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    maps = ("-map", "0:v", "-map", "0:a", "-map", "1:a", "-c", "copy")
    ffmpeg("-i", first, "-i", second, *maps, path)


async def words(pipeline: Pipeline) -> str:
    transcript = await pipeline.resources.documents.transcripts.load_authoritative("talk")
    assert transcript is not None
    return transcript.text.lower()


async def test_another_track_replaces_audio_and_transcript(pipeline: Pipeline, tmp_path: Path) -> None:
    make_two_tracks(pipeline.settings.videos_dir / "talk.mp4", tmp_path)
    await pipeline.run(video_id="talk")
    assert "harbour" in await words(pipeline) or "wall" in await words(pipeline)

    state = await pipeline.run(video_id="talk", audio_stream=2)

    assert state.status == "completed", state.error
    assert "important" in await words(pipeline)
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, "talk")
    assert row is not None
    assert row.media is not None
    assert (row.media["audio_stream"], row.media["transcript_stream"]) == (2, 2)
    assert len(row.media["audio"]) == 2

    again = await pipeline.run(video_id="talk")
    assert again.stages["transcription"].reason == "already transcribed"
    assert "important" in await words(pipeline)


async def test_unknown_track_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    make_two_tracks(pipeline.settings.videos_dir / "talk.mp4", tmp_path)
    state = await pipeline.run(video_id="talk", audio_stream=7)
    assert state.status == "failed"
    assert state.error is not None
    assert "stream 7 of talk.mp4 is not an audio track; its audio tracks are: 1 (aac)" in state.error.detail

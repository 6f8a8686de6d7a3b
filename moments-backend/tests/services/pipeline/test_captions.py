"""Runs use the captions and the metadata that came with a video."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.database.models import Video
from app.database.session import transaction
from app.repositories import video_db_repository
from tests.fixtures.http_server import serving_files
from tests.fixtures.media import ffmpeg, make_video
from tests.services.pipeline.conftest import Pipeline

pytestmark = pytest.mark.slow

CUES = "1\n00:00:00,100 --> 00:00:00,900\nWords of the subtitles.\n"


async def row_of(identifier: str) -> Video:
    async with transaction() as session:
        row = await video_db_repository.get_by_identifier(session, identifier)
    assert row is not None
    return row


async def test_embedded_subtitles_become_the_transcript(
    make_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipeline = make_pipeline()
    (tmp_path / "s.srt").write_text(CUES)
    plain = make_video(tmp_path / "plain.mp4")
    pipeline.settings.videos_dir.mkdir(parents=True, exist_ok=True)
    video = pipeline.settings.videos_dir / "film.mkv"
    ffmpeg("-i", plain, "-i", tmp_path / "s.srt", "-c", "copy", "-metadata:s:s:0", "language=eng", video)
    state = await pipeline.run(video_id="film")
    assert state.stages["transcription"].status == "completed", state.error
    transcript = await pipeline.resources.documents.transcripts.load_authoritative("film")
    assert transcript is not None
    assert (transcript.text, transcript.language) == ("Words of the subtitles.", "en")
    assert transcript.source == "embedded"


async def test_metadata_of_the_site_is_stored(make_pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=[IPv4Network("127.0.0.0/8")])
    site = tmp_path / "site"
    site.mkdir()
    make_video(site / "video.mp4")
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x36", "-frames:v", "1", site / "picture.png")
    with serving_files(site) as server:
        described = {
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": "Why the tides turn",
            "description": "See 0:01.",
            "uploadDate": "2024-01-31T14:22:33Z",
            "author": {"@type": "Person", "name": "Harbour films"},
            "contentUrl": f"{server.address}/video.mp4",
            "thumbnailUrl": f"{server.address}/picture.png",
        }
        head = f'<script type="application/ld+json">{json.dumps(described)}</script>'
        (site / "talk.html").write_text(f"<!DOCTYPE html><html><head>{head}</head><body></body></html>")
        state = await pipeline.run(video_url=f"{server.address}/talk.html")
    assert state.status == "completed", state.error
    row = await row_of(state.video_id)
    assert (row.title, row.description, row.channel) == ("Why the tides turn", "See 0:01.", "Harbour films")
    assert row.recorded_at == datetime(2024, 1, 31, 14, 22, 33, tzinfo=UTC)
    assert [path for path in pipeline.settings.captions_dir.rglob("*") if path.is_file()] == []
    assert any(name.startswith(f"thumbnails/{state.video_id}/") for name in await pipeline.objects())


async def test_captions_of_the_site_become_the_transcript(
    make_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipeline = make_pipeline(video_download_allowed_networks=[IPv4Network("127.0.0.0/8")])
    site = tmp_path / "site"
    site.mkdir()
    make_video(site / "video.mp4")
    (site / "en.vtt").write_text("WEBVTT\n\n00:00.100 --> 00:00.900\nWords of the site.\n")
    track = '<video src="video.mp4"><track kind="subtitles" srclang="en" src="en.vtt"></video>'
    (site / "talk.html").write_text(f"<!DOCTYPE html><html><body>{track}</body></html>")
    with serving_files(site) as server:
        state = await pipeline.run(video_url=f"{server.address}/talk.html")
    assert state.status == "completed", state.error
    transcript = await pipeline.resources.documents.transcripts.load_authoritative(state.video_id)
    assert transcript is not None
    assert (transcript.text, transcript.source) == ("Words of the site.", "site")
    assert f"captions/{state.video_id}/en.vtt" in await pipeline.objects()

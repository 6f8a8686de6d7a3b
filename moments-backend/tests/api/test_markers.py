"""Editor files and captions of clips over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from app.models.moment import Moment
from app.models.transcript import Segment, Transcript, Word
from app.services.moments.documents import VideoDocumentStores
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.support.rows import add_row, problem, video_path
from tests.api.support.runs import MOMENT_IDS, moments
from tests.fixtures.library import Library

LATE, EARLY, REFINED = MOMENT_IDS
FILES = {"edl": "text/plain", "csv": "text/csv", "fcpxml": "application/xml"}


def spoken(*texts: str, start: float = 60.3, seconds: float = 0.5) -> Transcript:
    """Return words of half a second each, without pauses."""
    words = [
        Word(word=text, start=round(start + n * seconds, 3), end=round(start + (n + 1) * seconds, 3))
        for n, text in enumerate(texts)
    ]
    segment = Segment(text=" ".join(texts), start=words[0].start, end=words[-1].end)
    return Transcript(text=segment.text, language="en", word_timestamps=words, segment_timestamps=[segment])


@pytest.fixture
async def documents(settings: Settings, library: Library) -> AsyncIterator[VideoDocumentStores]:
    add_row(library, "talk", title="Café – part 1/2", duration_seconds=100.0, frame_rate=30000 / 1001)
    uploader = GCSUploader(settings)
    stores = VideoDocumentStores.of(settings, uploader)
    await stores.moments.write("talk", moments())
    yield stores
    await uploader.close()


async def test_editor_files(client: httpx.AsyncClient, documents: VideoDocumentStores) -> None:
    texts = {}
    for extension, media_type in FILES.items():
        response = await client.get(video_path("talk", f"markers.{extension}"))
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        name = f"Caf%C3%A9%20%E2%80%93%20part%201-2.{extension}"
        assert response.headers["content-disposition"] == f"attachment; filename*=utf-8''{name}"
        texts[extension] = response.text
    assert "FCM: DROP FRAME\r\n" in texts["edl"]
    assert texts["edl"].count("FROM CLIP NAME: talk.mp4") == 2
    assert "Why the moon pulls" in texts["csv"]
    assert 'src="./talk.mp4"' in texts["fcpxml"]
    assert not [name for name, text in texts.items() if "gs://" in text or "/videos/" in text]
    await documents.moments.write("talk", [])
    for extension in FILES:
        problem(await client.get(video_path("talk", f"markers.{extension}")), 404, "not-made-yet")


async def test_unknown_videos_and_moments(client: httpx.AsyncClient, documents: VideoDocumentStores) -> None:
    for name in ("nobody", "x" * 300, "a\nb"):
        for rest in ("markers.edl", f"clips/{LATE}.vtt"):
            problem(await client.get(video_path(name, rest)), 404, "video-not-found")
    problem(await client.get(video_path("talk", f"clips/{'f' * 16}.srt")), 404, "not-made-yet")
    problem(await client.get(video_path("talk", f"clips/{LATE}.vtt")), 404, "not-made-yet")  # no transcript
    assert (await client.get(video_path("talk", "clips/nonsense.vtt"))).status_code == 422


async def test_captions_of_a_clip(client: httpx.AsyncClient, documents: VideoDocumentStores) -> None:
    """The clip is 61 to 80 s: words belong to it whose greater part is inside."""
    words = ("Before.", "Cut", "First", "<words>", "here.", *["middle"] * 32, "end", "Last", "After")
    await documents.transcripts.write("talk", spoken(*words))
    vtt = (await client.get(video_path("talk", f"clips/{LATE}.vtt"))).text
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "\nCut First &lt;words&gt; here.\n" in vtt
    assert vtt.endswith("end Last\n")
    assert "Before" not in vtt
    assert "After" not in vtt
    srt = await client.get(video_path("talk", f"clips/{LATE}.srt"), params={"download": True})
    assert srt.headers["content-disposition"] == "attachment; filename*=utf-8''The%20moon.srt"
    ends = [line.split(" --> ")[1] for line in srt.text.splitlines() if " --> " in line]
    assert max(ends) <= "00:00:19,000"
    # The clip of a refined moment is its original's.
    assert (await client.get(video_path("talk", f"clips/{REFINED}.vtt"))).text == vtt


async def test_last_caption_ends_with_the_clip(
    client: httpx.AsyncClient, documents: VideoDocumentStores
) -> None:
    await documents.transcripts.write("talk", spoken("Stop.", start=79.4, seconds=0.2))
    srt = (await client.get(video_path("talk", f"clips/{LATE}.srt"))).text
    assert srt == "1\n00:00:18,400 --> 00:00:19,000\nStop.\n"


async def test_captions_of_an_own_moment(client: httpx.AsyncClient, documents: VideoDocumentStores) -> None:
    """Corrected text, without word times and without a cut clip."""
    await documents.moments.write("talk", [Moment(id=EARLY, start_time=2, end_time=9, title="T", score=5)])
    segments = [Segment(text="One two.", start=1, end=3), Segment(text="Three four.", start=5, end=8)]
    await documents.transcripts.write(
        "talk",
        Transcript(text="", language="en", word_timestamps=[], segment_timestamps=segments),
    )
    correction = {"segments": [{"index": 1, "text": "Drei vier."}]}
    assert (await client.patch(video_path("talk", "transcript"), json=correction)).status_code == 200
    created = await client.post(
        video_path("talk", "moments"), json={"start_time": 4.0, "end_time": 8.5, "title": "Mine"}
    )
    srt = (await client.get(video_path("talk", f"clips/{created.json()['id']}.srt"))).text
    assert srt == "1\n00:00:01,000 --> 00:00:04,000\nDrei vier.\n"

"""Names, links and deletions of `GCSUploader` on a real server."""

import datetime as dt
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.core.config import Settings
from app.core.exceptions import StorageCredentialsError, StorageError
from app.services.storage import object_store
from app.services.storage.gcs_uploader import GCSUploader
from tests.services.storage.support.files import MIB, write_random

MOMENT = "0123456789abcdef"


@pytest.fixture
async def direct(settings: Settings) -> AsyncIterator[GCSUploader]:
    uploader = GCSUploader(settings)
    yield uploader
    await uploader.close()


async def test_video_is_stored_and_linked(direct: GCSUploader, tmp_path: Path) -> None:
    path = write_random(tmp_path / "motivation.mp4", 1000)
    gcs_path, url = await direct.upload_video(path, "motivation")
    assert gcs_path == "videos/motivation/motivation.mp4"
    async with httpx.AsyncClient() as client:
        response = await client.get(url)
    assert response.content == path.read_bytes()
    assert response.headers["content-type"] == "video/mp4"


async def test_names_of_audio_and_clips(direct: GCSUploader, settings: Settings, tmp_path: Path) -> None:
    audio = write_random(tmp_path / "anything.wav", 100)
    assert (await direct.upload_audio(audio, "talk"))[0] == "audio/talk/talk.wav"

    settings.moment_clips_dir.mkdir(parents=True, exist_ok=True)
    write_random(settings.moment_clips_dir / f"talk_{MOMENT}_clip.mp4", 100)
    reported: list[tuple[int, int]] = []
    clips = await direct.upload_all_clips(
        "talk", [{"id": MOMENT}], lambda done, of: reported.append((done, of))
    )
    assert clips[MOMENT][0] == f"clips/talk/talk_{MOMENT}_clip.mp4"
    assert reported == [(1, 1)]

    with pytest.raises(ExceptionGroup, match="1 of 2 clips"):
        await direct.upload_all_clips("talk", [{"id": MOMENT}, {"id": "f" * 16}])

    assert await direct.delete_clips_for_video("talk") == 1
    assert await direct.describe_object(f"clips/talk/talk_{MOMENT}_clip.mp4") is None


async def test_deletion_keeps_clips_of_other_videos(direct: GCSUploader, tmp_path: Path) -> None:
    path = write_random(tmp_path / "clip.mp4", 100)
    for video_id in ("a", "ab"):
        await direct.upload_clip(path, video_id, MOMENT)
    assert await direct.delete_clips_for_video("a") == 1
    assert await direct.describe_object(f"clips/ab/ab_{MOMENT}_clip.mp4") is not None
    with pytest.raises(ValueError, match="slash"):
        await direct.delete_prefix("clips/a")


async def test_deletion_keeps_objects_of_other_kinds(settings: Settings) -> None:
    """A video `transcripts`, in a bucket whose videos have no prefix."""
    rooted = GCSUploader(settings.model_copy(update={"gcs_videos_prefix": ""}))
    try:
        for prefix in ("transcripts/", "clips/"):
            with pytest.raises(StorageError, match="contains"):
                await rooted.delete_prefix(prefix)
        assert await rooted.delete_prefix("talk/") == 0
    finally:
        await rooted.close()


@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4", "hash#1.mp4", "what?.mp4", "100%.mp4", "%41.mp4", "plus+and&.mp4",
        "quote's \"both\".mp4", "back\\slash.mp4", "caf\u00e9.mp4", "cafe\u0301.mp4", "映画🎬.mp4",
        "n" * 200 + ".mp4",
    ],
)  # fmt: skip
async def test_names_survive_the_round_trip(direct: GCSUploader, tmp_path: Path, name: str) -> None:
    path = write_random(tmp_path / name, 100)
    gcs_path, url = await direct.upload_video(path, path.stem)
    assert [stored.name for stored in await direct.list_objects("videos/")] == [gcs_path]
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == path.read_bytes()
    copy = tmp_path / "copy"
    await direct.download(gcs_path, copy)
    assert copy.read_bytes() == path.read_bytes()
    assert await direct.delete_object(gcs_path)
    assert not await direct.delete_object(gcs_path)


async def test_links_use_the_configured_lifetime(settings: Settings, tmp_path: Path) -> None:
    uploader = GCSUploader(settings.model_copy(update={"gcs_signed_url_expiry_hours": 2.0}))
    query = parse_qs(urlsplit(await uploader.generate_signed_url("videos/a/a.mp4")).query)
    assert query["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert query["X-Goog-Expires"] == ["7200"]
    assert await uploader.signed_url_lifetime() == dt.timedelta(hours=2)
    get, head = [await uploader.generate_signed_url("videos/a/a.mp4", method) for method in ("GET", "HEAD")]
    assert (
        parse_qs(urlsplit(get).query)["X-Goog-Signature"]
        != parse_qs(urlsplit(head).query)["X-Goog-Signature"]
    )
    await uploader.close()


async def test_missing_video_has_no_link(direct: GCSUploader, tmp_path: Path) -> None:
    assert await direct.get_video_signed_url("none", "none.mp4") is None
    await direct.upload_video(write_random(tmp_path / "some.mp4", 10), "some")
    assert await direct.get_video_signed_url("some", "some.mp4") is not None


async def test_emulator_needs_no_key(settings: Settings) -> None:
    keyless = GCSUploader(settings.model_copy(update={"gcs_service_account_file": None}))
    assert "X-Goog-Signature=" in await keyless.generate_signed_url("videos/a/a.mp4")
    await keyless.close()


@pytest.mark.parametrize("content", [None, "{}", "not json"])
async def test_invalid_key_file_is_reported(settings: Settings, tmp_path: Path, content: str | None) -> None:
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
    uploader = GCSUploader(settings.model_copy(update={"gcs_service_account_file": key}))
    with pytest.raises(StorageCredentialsError, match=r"key\.json"):
        await uploader.check_access()
    await uploader.close()


async def test_missing_credentials_name_the_setting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # keeps the library from searching for a metadata server
    real = settings.model_copy(update={"storage_emulator_host": None, "gcs_service_account_file": None})
    uploader = GCSUploader(real)
    with pytest.raises(StorageCredentialsError) as raised:
        await uploader.check_access()
    assert "GCS_SERVICE_ACCOUNT_FILE" in str(raised.value.remedy)
    await uploader.close()


async def test_listing_covers_the_wanted_names(
    direct: GCSUploader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listing ends after as many requests as there are names; later names stay unknown."""
    monkeypatch.setattr(object_store, "PAGE_SIZE", 2)
    path = write_random(tmp_path / "a.mp4", 10)
    for name in ("a", "b", "c", "d", "é", "z"):
        await direct.store(path, name)
    found = await direct.list_present({"b", "bb"})
    assert (found.names, found.is_absent("b"), found.is_absent("bb")) == (frozenset({"b"}), False, True)
    found = await direct.list_present({"A", "a", "é"})
    assert (found.names, found.is_absent("A"), found.listed_to) == (frozenset({"a", "é"}), True, None)
    found = await direct.list_present({"a", "zz"})
    assert (found.names, found.listed_to) == (frozenset({"a"}), "d")
    assert not found.is_absent("zz")


@pytest.mark.slow
async def test_memory_is_limited_to_one_chunk(settings: Settings, tmp_path: Path) -> None:
    uploader = GCSUploader(settings.model_copy(update={"gcs_chunk_size_mib": 8}))
    path = write_random(tmp_path / "long.mp4", 3 * 8 * MIB)
    await uploader.check_access()  # imports and connects
    tracemalloc.start()
    try:
        await uploader.upload_video(path, "long")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await uploader.close()

    assert 8 * MIB < peak < 12 * MIB

"""Downloads are new videos: they neither replace others nor double them."""

import shutil
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from app.core.urls.normalization import with_hash_suffix
from app.models.pipeline import RunState
from app.services.library.registration import register_video
from tests.fixtures.http_server import FileServer, serving_files
from tests.fixtures.media import make_video
from tests.services.pipeline.conftest import Pipeline


@pytest.fixture
def pipeline(make_pipeline: Callable[..., Pipeline]) -> Pipeline:
    return make_pipeline(video_download_allowed_networks=[IPv4Network("127.0.0.0/8")])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with `talk.mp4`, which is silent so that a run ends after its download."""
    folder = tmp_path / "site"
    folder.mkdir()
    make_video(folder / "talk.mp4", audio=False)
    return folder


@pytest.fixture
async def server(site: Path) -> AsyncIterator[FileServer]:
    with serving_files(site) as running:
        yield running


async def download(pipeline: Pipeline, url: str, **options: object) -> RunState:
    return await pipeline.run(video_url=url, **options)


def local_names(pipeline: Pipeline) -> set[str]:
    return {path.name for path in pipeline.settings.videos_dir.iterdir()}


async def test_known_bytes_are_named(pipeline: Pipeline, site: Path, server: FileServer) -> None:
    shutil.copy(site / "talk.mp4", site / "copy.mp4")
    assert (await download(pipeline, f"{server.address}/talk.mp4")).status == "completed"
    again = await download(pipeline, f"{server.address}/copy.mp4")
    assert again.status == "failed"
    assert again.error is not None
    assert (again.error.type, again.error.video_id) == ("same-content", "talk")
    assert f"{server.address}/copy.mp4 is the video 'talk'" in again.error.detail
    assert local_names(pipeline) == {"talk.mp4"}
    forced = await download(pipeline, f"{server.address}/copy.mp4", force_download=True)
    assert forced.status == "completed", forced.error
    assert forced.video_id.startswith("copy-")


async def test_name_of_an_unregistered_file_gets_a_suffix(pipeline: Pipeline, server: FileServer) -> None:
    """A file of the user is not taken for the download, whatever its extension."""
    own = make_video(pipeline.settings.videos_dir / "talk.mkv", audio=False, seconds=2)
    before = own.read_bytes()
    url = f"{server.address}/talk.mp4"
    state = await download(pipeline, url)
    assert (state.status, state.video_id) == ("completed", with_hash_suffix("talk", url))
    assert own.read_bytes() == before
    assert local_names(pipeline) == {"talk.mkv", f"{state.video_id}.mp4"}
    assert (await download(pipeline, url)).video_id == state.video_id


async def test_object_of_another_video_is_kept(
    pipeline: Pipeline, site: Path, server: FileServer, tmp_path: Path
) -> None:
    """The object of a registration whose row is still missing."""
    other = make_video(tmp_path / "talk.mp4", seconds=2)
    uploader = pipeline.resources.uploader
    stored = await uploader.store(other, "videos/talk/talk.mp4")
    state = await download(pipeline, f"{server.address}/talk.mp4")
    assert state.error is not None
    assert state.error.type == "identifier-conflict"
    assert "force_download" in str(state.error.remedy)
    found = await uploader.describe_object("videos/talk/talk.mp4")
    assert found == stored.object
    await register_video(other, identifier="talk", uploader=uploader, settings=pipeline.settings)
    url = f"{server.address}/talk.mp4"
    state = await download(pipeline, url)
    assert (state.status, state.video_id) == ("completed", with_hash_suffix("talk", url))

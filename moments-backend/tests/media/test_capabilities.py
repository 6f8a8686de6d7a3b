"""Missing components of an FFmpeg build are named with the features that need them."""

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import MediaError, ToolMissingError
from app.media import binaries, capabilities, clip_encoder
from cli.checks_base import CheckResult, State
from cli.media_checks import check_ffmpeg, check_ffprobe
from tests.fixtures.media import make_video

pytestmark = pytest.mark.usefixtures("clean_environment")


def limited(folder: Path, *hidden: str, program: Path | None = None) -> Path:
    """Return the bundled FFmpeg, or `program`, which does not list the components named in `hidden`."""
    path = folder / "ffmpeg"
    patterns = " ".join(f"-e ' {name} '" for name in hidden)
    path.write_text(
        "#!/bin/bash\n"
        f"FFMPEG={program or binaries.find_ffmpeg(Settings())}\n"
        'case "$*" in\n'
        f'*-decoders|*-encoders|*-filters|*-muxers|*-demuxers) "$FFMPEG" "$@" | grep -v -F {patterns};;\n'
        '*) exec "$FFMPEG" "$@";;\n'
        "esac\n"
    )
    path.chmod(0o755)
    return path


async def test_bundled_build_lacks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert await capabilities.find_gaps(binaries.find_ffmpeg(Settings())) == []
    assert await capabilities.missing_demuxers(binaries.find_ffprobe(Settings())) == []


async def test_missing_components_and_their_use_are_named(tmp_path: Path) -> None:
    settings = Settings(ffmpeg_path=limited(tmp_path, "zscale", "libdav1d", "libaom-av1", "png", "zmbv"))
    result = await check_ffmpeg(settings)
    assert isinstance(result, CheckResult)
    assert result.state is State.WARNING
    assert "HDR videos: no filter zscale" in result.detail
    assert "web videos: no decoder libdav1d or libaom-av1 or libgav1" in result.detail
    assert "screen recordings: no decoders png, zmbv" in result.detail
    assert result.remedy == "remove FFMPEG_PATH to use the bundled build, or set it to a complete one"


async def test_missing_required_component_fails(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="clips and playback copies: no encoder libx264"):
        await check_ffmpeg(Settings(ffmpeg_path=limited(tmp_path, "libx264")))


async def test_ffprobe_without_common_containers_fails(tmp_path: Path) -> None:
    path = limited(tmp_path, "matroska,webm", program=binaries.find_ffprobe(Settings()))
    with pytest.raises(ToolMissingError, match="cannot read the containers matroska"):
        await check_ffprobe(Settings(ffprobe_path=path))


async def test_program_that_lists_nothing_fails(tmp_path: Path) -> None:
    path = tmp_path / "ffmpeg"
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    with pytest.raises(ToolMissingError, match="does not list its decoders"):
        await capabilities.find_gaps(path)


async def test_failure_names_the_missing_component(tmp_path: Path) -> None:
    path = tmp_path / "ffmpeg"
    path.write_text(f'#!/bin/bash\nexec {binaries.find_ffmpeg(Settings())} "${{@//libx264/libx26x}}"\n')
    path.chmod(0o755)
    video = make_video(tmp_path / "a.mp4", seconds=0.4)
    with pytest.raises(
        MediaError, match=r"a\.mp4 could not be converted: .* has no encoder libx26x"
    ) as caught:
        await clip_encoder.cut_clip(
            video, tmp_path / "b.mp4", start=0, end=0.3, settings=Settings(ffmpeg_path=path), timeout=60
        )
    assert "doctor" in str(caught.value.remedy)

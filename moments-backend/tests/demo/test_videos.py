"""Generated talks are real videos with speech and never overwrite user files."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from array import array
from typing import TYPE_CHECKING

import pytest

from app.core.exceptions import FFmpegError, ToolMissingError
from app.media.ffprobe import probe
from demo import speech
from demo.scripts import H264, MPEG4, TALKS, VP9, Section, Talk
from demo.videos import make_talks

if TYPE_CHECKING:
    from pathlib import Path

    from app.core.config import Settings

SHORT = (
    Talk(
        "short one.webm",
        "320x180",
        "25",
        (*VP9, "-c:a", "libopus"),
        (Section("testsrc2", "One."), Section("gradients=c0=red:c1=blue", "Two.")),
    ),
    Talk(
        "short-two.mov", "160x120", "30000/1001", (*H264, "-c:a", "pcm_s16le"), (Section("testsrc2", "Hi."),)
    ),
)


def test_speak_synthesises_text(tmp_path: Path) -> None:
    spoken = speech.speak("The tide turns twice a day.")
    assert 1 < spoken.seconds < 4
    spoken.write(tmp_path / "spoken.wav")
    with wave.open(str(tmp_path / "spoken.wav")) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(spoken.seconds)
        samples = array("h", file.readframes(file.getnframes()))
    assert max(samples) > 5000
    longer = speech.speak("The tide turns twice a day, and nobody on the quay looks up.")
    assert longer.seconds > spoken.seconds


def test_unknown_voice_is_rejected() -> None:
    with pytest.raises(ToolMissingError, match="no-such-voice"):
        speech.speak("Hello.", voice="no-such-voice")


async def test_talks_are_videos_with_speech(settings: Settings) -> None:
    reported: list[str] = []
    await make_talks(settings, report=reported.append, talks=SHORT)
    first = await probe(settings.videos_dir / "short one.webm", settings=settings)
    second = await probe(settings.videos_dir / "short-two.mov", settings=settings)
    assert (first.video_codec, first.audio_codec, first.resolution) == ("vp9", "opus", "320x180")
    assert (second.video_codec, second.audio_codec, second.resolution) == ("h264", "pcm_s16le", "160x120")
    assert [path.name for path in settings.static_path.iterdir()] == ["videos"]
    assert reported[0].startswith("Generating 2 short talks in ")
    assert len(reported) == 3


async def test_existing_stem_is_skipped(settings: Settings) -> None:
    own = settings.videos_dir / "short one.mp4"
    own.write_bytes(b"mine")
    (settings.videos_dir / "short-two.mov").write_bytes(b"mine too")
    await make_talks(settings, report=lambda _: None, talks=SHORT)
    assert {path.name: path.read_bytes() for path in settings.videos_dir.iterdir()} == {
        "short one.mp4": b"mine",
        "short-two.mov": b"mine too",
    }


async def test_failed_talk_leaves_no_files(settings: Settings) -> None:
    wrong = Talk("wrong.avi", "160x120", "25", (*MPEG4, "-c:a", "no-such-codec"), SHORT[0].sections)
    with pytest.raises(FFmpegError, match=r"could not create wrong\.avi"):
        await make_talks(settings, report=lambda _: None, talks=(wrong,))
    assert list(settings.videos_dir.iterdir()) == []
    assert [path.name for path in settings.static_path.iterdir()] == ["videos"]


def test_talks_cover_containers_and_codecs() -> None:
    assert len({talk.filename.rpartition(".")[2] for talk in TALKS}) >= 3
    assert len({talk.codecs[1] for talk in TALKS}) >= 3
    for talk in TALKS:
        seconds = sum(speech.speak(section.text).seconds for section in talk.sections)
        assert 15 < seconds < 60, talk.filename


@pytest.mark.slow
def test_demo_without_library_has_remedy(clean_environment: None, tmp_path: Path) -> None:
    environment = os.environ | {
        "STATIC_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://me@127.0.0.1:1/none",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "demo"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert ended.stderr.startswith("Error: cannot add the talks to the library: ")
    assert "make run" in ended.stderr
    assert list(tmp_path.iterdir()) == []

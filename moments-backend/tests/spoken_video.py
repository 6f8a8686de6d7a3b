"""Short talks with real speech, made once per run."""

import tempfile
from functools import cache
from pathlib import Path

from embedded.speech import Speech, speak
from tests.media_files import ffmpeg

SENTENCES = (
    "The harbour wall is wet twice a day.",
    "The moon pulls the water up and lets it fall again.",
    "That is the most important thing to know about tides.",
)
PAUSE_SECONDS = 0.8


def make_spoken_video(path: Path, *, sentences: tuple[str, ...] = SENTENCES, size: str = "320x180") -> Path:
    """A test picture and a voice that says the sentences, with a pause after each."""
    path.write_bytes(_spoken(sentences, size, path.suffix.lower()))
    return path


def spoken(sentences: tuple[str, ...] = SENTENCES) -> Speech:
    """The sentences one after the other."""
    pieces = [_speak(sentence) for sentence in sentences]
    pause = b"\0\0" * int(PAUSE_SECONDS * pieces[0].sample_rate)
    return Speech(pieces[0].sample_rate, pause.join(piece.samples for piece in pieces) + pause)


_speak = cache(speak)


@cache
def _spoken(sentences: tuple[str, ...], size: str, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        voice, video = Path(folder, "voice.wav"), Path(folder, f"video{suffix}")
        spoken(sentences).write(voice)
        picture = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25")
        codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
        ffmpeg(*picture, "-i", voice, *codecs, "-shortest", "-movflags", "+faststart", video)
        return video.read_bytes()

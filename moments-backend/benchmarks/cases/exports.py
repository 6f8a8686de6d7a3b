"""Encoding of 30 s exports: exact as it is, and in 9:16 with burned captions."""

import asyncio
import time
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, clip_encoder, font_metrics
from app.media.ass_document import ass_document
from app.media.caption_cues import make_cues
from app.media.caption_style import caption_layout
from app.media.export_encoder import encode_export
from app.models.export import ExportOptions
from app.models.transcript import Word
from benchmarks.cases.clip import make_video
from benchmarks.measurement import Bound, Measurement, Target, take_turns
from benchmarks.processes import run
from benchmarks.workbench import Workbench

_TALL = (720, 1280)
_KEPT = (404, 720)
_TALK = "This is a sentence of a talk, whose words appear at the bottom of the picture while they are spoken."
_WORDS_PER_SECOND = 2.8


def measure(bench: Workbench) -> list[Measurement]:
    start, seconds = bench.size((12.34, 30.0), quick=(0.34, 1.0))
    folder = bench.folder("exports")
    video = make_video(folder / "talk.mp4", seconds=2 * start + seconds)
    words = _words(2 * start + seconds)
    captions = folder / "captions.ass"
    layout = caption_layout("karaoke", *_TALL)
    captions.write_text(ass_document(make_cues(words, layout, start=start, end=start + seconds), layout))
    burned = ExportOptions(format="9:16", captions="burned", caption_style="karaoke")
    width, height = _KEPT
    filters = (
        f"crop={width}:{height},scale={_TALL[0]}:{_TALL[1]},"
        f"ass=filename={captions}:fontsdir={font_metrics.FONTS_FOLDER}:shaping=complex"
    )
    cases = (
        (f"an exact export of {seconds:.0f} s from 720p", ExportOptions(), (), 1.1),
        (f"the same in 9:16 with burned captions ({_TALL[0]}×{_TALL[1]})", burned, ("-vf", filters), 1.15),
    )
    measurements = []
    for what, options, bare_filters, limit in cases:
        ours, bare = folder / "ours.mp4", folder / "bare.mp4"
        _ours(video, ours, start, seconds, options, words)  # reads the file into the page cache
        pairs = take_turns(
            bench.rounds,
            lambda options=options, ours=ours: _ours(video, ours, start, seconds, options, words),  # type: ignore[misc]
            lambda added=bare_filters, bare=bare: _bare(video, bare, start, seconds, added),  # type: ignore[misc]
        )
        measurements.append(
            Measurement(
                what=what,
                peer_name="FFmpeg alone, the same codecs, settings and picture filters",
                unit="s",
                pairs=[(mine, peer) for mine, peer in pairs],
                target=Target(Bound.AT_MOST, limit),
                note="loudness measured and normalised, audio faded; the peer does neither",
            )
        )
    return measurements


def _words(seconds: float) -> list[Word]:
    text = _TALK.split()
    step = 1 / _WORDS_PER_SECOND
    return [
        Word(word=text[number % len(text)], start=number * step, end=(number + 0.9) * step)
        for number in range(int(seconds * _WORDS_PER_SECOND))
    ]


def _ours(
    video: Path, export: Path, start: float, seconds: float, options: ExportOptions, words: list[Word]
) -> float:
    """Encode one export and return the seconds."""
    started = time.perf_counter()
    encoding = encode_export(
        video,
        export,
        start=start,
        end=start + seconds,
        options=options,
        words=words,
        metadata={"title": "Talk"},
        settings=Settings(),
        timeout=600,
    )
    asyncio.run(encoding)
    return time.perf_counter() - started


def _bare(video: Path, export: Path, start: float, seconds: float, filters: tuple[str, ...]) -> float:
    """Encode the same range with a plain FFmpeg command and return the seconds."""
    return run(
        [
            *(binaries.find_ffmpeg(Settings()), "-v", "error", "-y"),
            *("-ss", str(start), "-t", str(seconds), "-i", video, *filters),
            *("-c:v", "libx264", "-preset", clip_encoder.PRESET, "-crf", clip_encoder.CRF),
            *("-profile:v", "high", "-pix_fmt", "yuv420p"),
            *("-threads:v", str(clip_encoder.encoder_threads(Settings()))),
            *(
                "-c:a",
                "aac",
                "-b:a",
                clip_encoder.AUDIO_BITRATE,
                "-ar",
                str(clip_encoder.AUDIO_RATE),
                "-ac",
                "2",
            ),
            *("-movflags", "+faststart", export),
        ]
    ).seconds

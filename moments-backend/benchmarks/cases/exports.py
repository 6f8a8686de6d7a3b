"""Encoding of 30 s exports: exact as it is, and in 9:16 with burned captions."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.config import Settings
from app.media import binaries, clip_encoder, font_metrics, x264
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


@dataclass(frozen=True, slots=True)
class _Case:
    """A range of a video with its words, and where both sides write it."""

    video: Path
    folder: Path
    start: float
    seconds: float
    words: list[Word]

    def compare(
        self, bench: Workbench, options: ExportOptions, bare: Sequence[str]
    ) -> list[tuple[float, ...]]:
        """Return the seconds of our export and of a bare FFmpeg with the picture filters `bare`."""
        self._ours(options)  # reads the file into the page cache
        return take_turns(bench.rounds, lambda: self._ours(options), lambda: self._bare(bare))

    def _ours(self, options: ExportOptions) -> float:
        started = time.perf_counter()
        asyncio.run(
            encode_export(
                self.video,
                self.folder / "ours.mp4",
                start=self.start,
                end=self.start + self.seconds,
                options=options,
                words=self.words,
                metadata={"title": "Talk"},
                settings=Settings(),
                timeout=600,
            )
        )
        return time.perf_counter() - started

    def _bare(self, filters: Sequence[str]) -> float:
        return run(
            [
                *(binaries.find_ffmpeg(Settings()), "-v", "error", "-y"),
                *("-ss", str(self.start), "-t", str(self.seconds), "-i", self.video),
                *filters,
                *(*x264.EXPORT.args(), "-pix_fmt", "yuv420p"),
                *("-threads:v", str(clip_encoder.encoder_threads(Settings()))),
                *("-c:a", "aac", "-b:a", clip_encoder.AUDIO_BITRATE, "-ac", "2"),
                *("-ar", str(clip_encoder.AUDIO_RATE)),
                *("-movflags", "+faststart", self.folder / "bare.mp4"),
            ]
        ).seconds


def measure(bench: Workbench) -> list[Measurement]:
    start, seconds = bench.size((12.34, 30.0), quick=(0.34, 1.0))
    folder = bench.folder("exports")
    video = make_video(folder / "talk.mp4", seconds=2 * start + seconds)
    case = _Case(video, folder, start, seconds, _words(2 * start + seconds))
    burned = ExportOptions(format="9:16", captions="burned", caption_style="karaoke")
    figures = (
        (f"an exact export of {seconds:.0f} s from 720p", case.compare(bench, ExportOptions(), ()), 1.1),
        (
            f"the same in 9:16 ({_TALL[0]}×{_TALL[1]}) with burned captions",
            case.compare(bench, burned, ("-vf", _bare_filters(case))),
            1.15,
        ),
    )
    return [
        Measurement(
            what=what,
            peer_name="FFmpeg alone, the same codecs, settings and picture filters",
            unit="s",
            pairs=[(ours, peer) for ours, peer in pairs],
            target=Target(Bound.AT_MOST, limit),
            note="loudness measured and normalised, audio faded; the peer does neither",
        )
        for what, pairs, limit in figures
    ]


def _bare_filters(case: _Case) -> str:
    """Write the captions, and return the filters that crop, enlarge and caption the pictures."""
    file, layout = case.folder / "captions.ass", caption_layout("karaoke", *_TALL)
    cues = make_cues(case.words, layout, start=case.start, end=case.start + case.seconds)
    file.write_text(ass_document(cues, layout))
    burning = f"ass=filename={file}:fontsdir={font_metrics.FONTS_FOLDER}:shaping=complex"
    return f"crop={_KEPT[0]}:{_KEPT[1]},scale={_TALL[0]}:{_TALL[1]},{burning}"


def _words(seconds: float) -> list[Word]:
    text = _TALK.split()
    step = 1 / _WORDS_PER_SECOND
    return [
        Word(word=text[number % len(text)], start=number * step, end=(number + 0.9) * step)
        for number in range(int(seconds * _WORDS_PER_SECOND))
    ]

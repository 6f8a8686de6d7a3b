"""Division of the audio into speech, unintelligible speech, music and silence."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.ai.transcription.vad import CELL_SECONDS, AudioContent, Span, merged
from app.models.transcript import AudioSection, SectionKind, Word

_KINDS: tuple[SectionKind, ...] = ("silence", "music", "unintelligible", "speech")
_SILENCE, _MUSIC, _UNINTELLIGIBLE, _SPEECH = range(4)

SPEECH_GAP_SECONDS = 2.0
"""Longest pause within a section of speech."""
VOICE_GAP_SECONDS = 1.0
MUSIC_GAP_SECONDS = 3.0
"""Longest gap between beats that the event model does not recognise as music."""
MIN_UNINTELLIGIBLE_SECONDS = 1.5
"""A shorter voice without words is a breath, a laugh or the end of a word."""
MIN_MUSIC_SECONDS = 2.0


def build_sections(content: AudioContent, words: Sequence[Word], seconds: float) -> list[AudioSection]:
    """Return sections that cover the audio in order and without gaps."""
    count = round(seconds / CELL_SECONDS)
    if count == 0:
        return [AudioSection(start=0, end=round(seconds, 3), kind="silence")] if seconds > 0 else []
    kinds = np.full(count, _SILENCE)
    music = np.zeros(count, dtype=bool)
    known = content.music[:count]
    music[: len(known)] = known
    _mark(kinds, _long(merged(_spans(music), gap=MUSIC_GAP_SECONDS), MIN_MUSIC_SECONDS), _MUSIC)
    speech = merged(((word.start, word.end) for word in words), gap=SPEECH_GAP_SECONDS)
    voice = np.zeros(count, dtype=bool)
    _mark(voice, merged(content.voice, gap=VOICE_GAP_SECONDS), 1)
    _mark(voice, speech, 0)
    _mark(kinds, _long(_spans(voice), MIN_UNINTELLIGIBLE_SECONDS), _UNINTELLIGIBLE)
    _mark(kinds, speech, _SPEECH)
    return _sections(kinds, seconds)


def _sections(kinds: NDArray[np.int_], seconds: float) -> list[AudioSection]:
    sections: list[AudioSection] = []
    end = 0
    for kind, cells in groupby(kinds.tolist()):
        start, end = end, end + len(list(cells))
        last = round(seconds, 3) if end == len(kinds) else round(end * CELL_SECONDS, 3)
        sections.append(AudioSection(start=round(start * CELL_SECONDS, 3), end=last, kind=_KINDS[kind]))
    return sections


def _mark(cells: NDArray[np.int_] | NDArray[np.bool_], spans: Sequence[Span], value: int) -> None:
    for start, end in spans:
        first = min(int(start / CELL_SECONDS + 0.5), len(cells) - 1)
        cells[first : max(first + 1, int(end / CELL_SECONDS + 0.5))] = value


def _spans(cells: NDArray[np.bool_]) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], cells.astype(np.int8), [0]))))
    return [
        (first * CELL_SECONDS, last * CELL_SECONDS)
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]


def _long(spans: Sequence[Span], seconds: float) -> list[Span]:
    return [(start, end) for start, end in spans if end - start >= seconds - CELL_SECONDS / 2]

"""Chapters as WebVTT and as lines for a video's description."""

from collections.abc import Sequence

from app.models.chapter import Chapter

OPENING_TITLE = "Start"
"""Video sites read chapters from a description only if the first line is 00:00."""


def to_vtt(chapters: Sequence[Chapter]) -> str:
    """Return the chapters as WebVTT of the kind `chapters`."""
    cues = (
        f"{number}\n{_vtt_time(chapter.start_time)} --> {_vtt_time(chapter.end_time)}\n"
        f"{_escaped(chapter.title)}\n"
        for number, chapter in enumerate(chapters, start=1)
        if chapter.end_time > chapter.start_time
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_description(chapters: Sequence[Chapter]) -> str:
    """Return one line `00:00 Title` per chapter; empty without chapters."""
    lines = [f"{_clock(chapter.start_time)} {chapter.title}\n" for chapter in chapters]
    if chapters and int(chapters[0].start_time) > 0:
        lines.insert(0, f"{_clock(0)} {OPENING_TITLE}\n")
    return "".join(lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _vtt_time(seconds: float) -> str:
    total, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(total, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}.{milliseconds:03}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"

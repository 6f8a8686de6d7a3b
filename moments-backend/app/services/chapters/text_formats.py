"""Chapters as WebVTT and as lines for a video's description."""

from collections.abc import Sequence

from app.models.chapter import Chapter

OPENING_TITLE = "Start"
"""Video sites read chapters from a description only if the first line is 00:00."""

MIN_LISTED = 3
MIN_LISTED_SECONDS = 10.0
"""YouTube ignores lists of fewer or shorter chapters: https://support.google.com/youtube/answer/9884579"""


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


def to_youtube(chapters: Sequence[Chapter]) -> str | None:
    """Return one line `00:00 Title` per chapter as YouTube requires; None if too few are long enough.

    The first line is at 00:00. Chapters that start less than 10 s after the previous one, or before the end,
    are left out.
    """
    listed: list[tuple[float, str]] = []
    for chapter in chapters:
        if not listed and chapter.start_time < MIN_LISTED_SECONDS:
            listed.append((0.0, chapter.title))
            continue
        if not listed:
            listed.append((0.0, OPENING_TITLE))
        # Whole seconds, because the list has no others.
        if int(chapter.start_time) - int(listed[-1][0]) >= MIN_LISTED_SECONDS:
            listed.append((chapter.start_time, chapter.title))
    if listed and chapters[-1].end_time - listed[-1][0] < MIN_LISTED_SECONDS:
        listed.pop()
    if len(listed) < MIN_LISTED:
        return None
    return "".join(f"{_clock(start)} {title}\n" for start, title in listed)


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

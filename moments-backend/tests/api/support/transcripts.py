"""A transcript to correct, and requests that correct it."""

from typing import Any

import httpx

from app.models.transcript import Segment, Transcript, Word
from tests.fixtures.library import Library

PATH = "/api/videos/talk/transcript"


def spoken(*sentences: str, seconds: float = 0.5, source: Any = "whisper") -> Transcript:
    """Return a transcript with one segment per sentence and words of equal length."""
    words: list[Word] = []
    segments = []
    for sentence in sentences:
        first = len(words)
        for text in sentence.split():
            start = seconds * len(words)
            words.append(Word(word=text, start=start, end=start + seconds))
        segments.append(Segment(text=sentence, start=words[first].start, end=words[-1].end, confidence=0.8))
    return Transcript(
        text=" ".join(sentences),
        language="en",
        languages=["en"],
        word_timestamps=words,
        segment_timestamps=segments,
        source=source,
    )


TALK = spoken(
    "The harbor wall is wet twice a day.",
    "The mood pulls the water up.",
    "Tides are the mood of the sea.",
)


async def patch(client: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    return await client.patch(PATH, json=body, headers=headers)


async def texts(client: httpx.AsyncClient) -> list[str]:
    answer = (await client.get(PATH)).json()
    return [segment["text"] for segment in answer["segment_timestamps"]]


def indexed(library: Library) -> list[str]:
    with library.connection() as connection:
        rows = connection.execute("SELECT text FROM transcript_segments ORDER BY number").fetchall()
    return [row[0] for row in rows]

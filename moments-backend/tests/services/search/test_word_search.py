"""The search by words: conditions, order, corrections, kinds of hits and highlights."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.database.models import Video, VideoChapter
from app.database.read_pool import ReadPool
from app.models.transcript import Segment, Transcript
from app.repositories.search_repository import SegmentKey, read_texts
from app.repositories.video_filter import VideoFilter
from app.services.search.highlights import LexemeReader, highlight
from app.services.search.index import TitledMoment, index_moments, index_transcript
from app.services.search.query_parser import parse_query
from app.services.search.word_search import Level, WordResults, WordSearch

TALK = (
    "We choose to go to the moon in this decade.",
    "The rockets were landing on its dusty surface.",
    "My mother-in-law paid $3,000 for the trip.",
    "Nothing else happened on that day.",
    "They walked on the moon for hours and hours.",
    "Neil said a famous sentence to the people.",
    "Everybody at home watched the pictures on television.",
)
GERMAN = ("Die Landungen auf dem Mond waren schön.", "Wir hörten die alten Häuser.", "月球很大。")
ANY_VIDEO = VideoFilter()
LANGUAGE = {"talk": "en", "mond": "de"}


def transcript(lines: Sequence[str], language: str) -> Transcript:
    segments = [
        Segment(text=line, start=float(number), end=number + 1.0) for number, line in enumerate(lines)
    ]
    return Transcript(
        text=" ".join(lines), language=language, word_timestamps=[], segment_timestamps=segments
    )


@pytest.fixture
async def ids(session_factory: async_sessionmaker[AsyncSession]) -> dict[str, int]:
    """Index two talks, a moment and a chapter; return the numbers of the videos."""
    async with session_factory.begin() as session:
        videos = [
            Video(identifier="talk", cloud_url="gs://b/1", title="Space race", channel="NASA archive"),
            Video(identifier="mond", cloud_url="gs://b/2", description="Erzählt von Kölner Forschern."),
        ]
        session.add_all(videos)
        await session.flush()
        found = {video.identifier: video.id for video in videos}
        for name, lines in (("talk", TALK), ("mond", GERMAN)):
            await index_transcript(
                session, found[name], transcript(lines, LANGUAGE[name]), document_md5="0" * 32
            )
        await index_moments(session, found["talk"], [TitledMoment("m1", 3, 9, "A giant leap")])
        session.add(
            VideoChapter(
                video_id=found["talk"], number=2, start_time=4, end_time=7, title="Countdown", source="user"
            )
        )
        return found


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[ReadPool]:
    read_pool = ReadPool(settings)
    yield read_pool
    await read_pool.close()


async def run(pool: ReadPool, query: str, video_filter: VideoFilter = ANY_VIDEO) -> WordResults:
    return await WordSearch(pool).search(parse_query(query), video_filter)


async def found_texts(pool: ReadPool, results: WordResults) -> list[str]:
    keys = [SegmentKey(match.video_id, match.number) for match in results.segments]
    texts = await read_texts(pool, keys)
    return [texts[key].text for key in keys]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("moon", [0, 4]),
        ("MOON decade", [0]),
        ("decade the moon", [0]),
        ("rocket land", [1]),
        ("landed", [1]),
        ('"the moon"', [0, 4]),
        ('"moon the"', []),
        ('"rocket"', []),
        ("moon -hours", [0]),
        ('moon -"for hours"', [0]),
        ('moon -"hours for"', [0, 4]),
        ("mother-in-law", [2]),
        ("mother in law", [2]),
        ("3000", [2]),
        ("$3,000", [2]),
        ("dusty moon", [1]),
        ("choose decade moon pizza", [0]),
        ("häuser", [8]),
        ("hauser", [8]),
        ("Haus", [8]),
        ("ha\u0308user", [8]),
        ("landung", [7]),
        ("月球", [9]),
        ("球月", []),
        ("the", [0, 4, 1, 2, 5, 6]),
        ("pizza", []),
        ("xyzzy pizza", []),
        ("!('&|:*<->\\ moon", [0, 4]),
    ],
)
async def test_words_find_segments(
    query: str, numbers: list[int], pool: ReadPool, ids: dict[str, int]
) -> None:
    lines = [*TALK, *GERMAN]
    found = await found_texts(pool, await run(pool, query))
    assert sorted(found) == sorted(lines[number] for number in numbers)


async def test_whole_matches_come_first(pool: ReadPool, ids: dict[str, int]) -> None:
    results = await run(pool, "moon hours")
    assert [match.level for match in results.segments][:1] == [Level.ALL_WORDS]
    assert (await found_texts(pool, results))[0] == TALK[4]


@pytest.mark.parametrize(
    ("query", "corrected", "number"),
    [("telivision", "television", 6), ("mooon", "moon", 0), ("sufrace dusty", "surface dusty", 1)],
)
async def test_misspelt_words_are_corrected(
    query: str, corrected: str, number: int, pool: ReadPool, ids: dict[str, int]
) -> None:
    results = await run(pool, query)
    assert results.is_corrected
    assert results.query.text == corrected
    assert TALK[number] in await found_texts(pool, results)


async def test_words_written_as_one_are_split(pool: ReadPool, ids: dict[str, int]) -> None:
    assert (await run(pool, "dustysurface")).query.text == "dusty surface"


@pytest.mark.parametrize(
    ("query", "kind", "shown"),
    [
        ("space", "title", "Space race"),
        ("race NASA", "title", "Space race"),
        ("archives", "channel", "NASA archive"),
        ("kolner", "description", "Erzählt von Kölner Forschern."),
        ("leaps", "moment", "A giant leap"),
        ("countdown", "chapter", "Countdown"),
        ('"giant leap"', "moment", "A giant leap"),
    ],
)
async def test_names_are_found_by_kind(
    query: str, kind: str, shown: str, pool: ReadPool, ids: dict[str, int]
) -> None:
    (match,) = (await run(pool, query)).names
    assert (match.kind, match.text) == (kind, shown)


async def test_renamed_and_deleted_videos_are_current(
    pool: ReadPool, ids: dict[str, int], session_factory: async_sessionmaker[AsyncSession]
) -> None:
    async with session_factory.begin() as session:
        await session.execute(text("UPDATE videos SET title = 'Orbit' WHERE identifier = 'talk'"))
    assert [match.text for match in (await run(pool, "orbit")).names] == ["Orbit"]
    assert (await run(pool, "space")).names == []
    async with session_factory.begin() as session:
        await session.execute(text("UPDATE videos SET deleted_at = now() WHERE identifier = 'talk'"))
    assert not (await run(pool, "orbit")).names
    assert not (await run(pool, "leap")).names
    assert not (await run(pool, "decade")).segments


async def test_filters_limit_all_kinds(pool: ReadPool, ids: dict[str, int]) -> None:
    other = VideoFilter(among=("mond",))
    assert not (await run(pool, "decade", other)).segments
    assert not (await run(pool, "space", other)).names
    assert not (await run(pool, "leap", other)).names
    assert len((await run(pool, "decade", VideoFilter(channel="NASA archive"))).segments) == 1


@pytest.mark.parametrize(
    ("query", "language", "line", "marked"),
    [
        ("landing", "en", "It landed. Landings!", ["landed", "Landings"]),
        ("brulee", "fr", "La cre\u0300me bru\u0302le\u0301e.", ["bru\u0302le\u0301e"]),
        ('"the moon"', "en", "The sun, the moon", ["the moon"]),
        ("mother-in-law", "en", "My mother in law", ["mother in law"]),
        ("$3,000", "en", "He paid $3,000.", ["3,000"]),
        ("月球", "zh", "在月球上", ["月球"]),
        ("haus", "de", "Alte Häuser", ["Häuser"]),
        ("moon -sun", "en", "🚀 moon and sun", ["moon"]),
        ("moon", "en", "nothing", []),
    ],
)
async def test_highlights_are_exact(
    query: str, language: str, line: str, marked: list[str], pool: ReadPool, ids: dict[str, int]
) -> None:
    (ranges,) = await highlight(LexemeReader(pool), parse_query(query), [(language, line)])
    assert [line[start:end] for start, end in ranges] == marked

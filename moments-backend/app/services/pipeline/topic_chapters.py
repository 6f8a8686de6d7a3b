"""Chapters from the topics of a transcript, found beside the moments or by runs that only transcribe."""

import logging
from collections.abc import Sequence

from app.ai.moments.base import Topic
from app.core.exceptions import ModelMissingError, VideoNotFoundError
from app.models.chapter import MAX_CHAPTERS, MAX_TITLE_LENGTH, Chapter
from app.models.text import clean_line
from app.models.transcript import Transcript
from app.services.pipeline.run_context import RunContext

logger = logging.getLogger(__name__)


async def record_topic_chapters(
    run: RunContext, transcript: Transcript, topics: Sequence[Topic] | None = None
) -> None:
    """Record the chapters of a transcript; the engine searches for them unless `topics` are given."""
    if topics is None:
        try:
            topics = await run.resources.engine.find_chapters(transcript)
        except ModelMissingError as error:
            logger.warning("Chapters not found: %s", error)
            return
        await run.ensure_owned()
    chapters = [
        Chapter(
            start_time=topic.start_time,
            end_time=topic.end_time,
            title=clean_line(topic.title, MAX_TITLE_LENGTH) or f"Chapter {number}",
        )
        for number, topic in enumerate(topics[:MAX_CHAPTERS], start=1)
    ]
    try:
        await run.resources.chapters.record_topics(run.video_id, chapters)
    except VideoNotFoundError:
        logger.info("Chapters not recorded: the video was deleted")

"""A temporary library with the transcripts of talks, on its own PostgreSQL server."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.core.config import Settings
from app.core.urls.database import normalise_database_url
from app.database.migrations import upgrade_to_head
from app.database.models import Video
from app.database.read_pool import ReadPool
from app.database.session import close_db, init_db, transaction
from app.services.search.index import index_transcript
from app.services.search.meaning import SEARCH_SETTINGS
from app.services.search.passage_index import PassageIndexer
from app.services.search.service import SearchService
from embedded.stack import EmbeddedStack
from evaluation.dataset import EvaluationTalk


@asynccontextmanager
async def open_library(folder: Path, talks: Sequence[EvaluationTalk]) -> AsyncIterator[SearchService]:
    """Start a server in `folder`, index the talks, and yield the service that searches them."""
    async with AsyncExitStack() as stack:
        servers = EmbeddedStack(
            folder / "stack", bucket="evaluation", redis=False, storage=False, durable=False
        )
        stack.enter_context(servers)
        url = normalise_database_url(servers.environment()["DATABASE_URL"])
        upgrade_to_head(url)
        settings = Settings(database_url=url, static_dir=folder / "static")
        await init_db(settings)
        stack.push_async_callback(close_db)
        encoder = SentenceEncoder(settings.embedding_model_path)
        passages = PassageIndexer(encoder)
        for talk in talks:
            await _index(talk, passages)
        read_pool = ReadPool(settings, setup=SEARCH_SETTINGS)
        stack.push_async_callback(read_pool.close)
        yield SearchService(read_pool, settings, encoder=encoder)


async def _index(talk: EvaluationTalk, passages: PassageIndexer) -> None:
    await passages.prepare(talk.id, [segment.text for segment in talk.transcript.segment_timestamps])
    md5 = hashlib.md5(talk.transcript.text.encode(), usedforsecurity=False).hexdigest()
    async with transaction() as session:
        video = Video(identifier=talk.id, cloud_url=f"gs://evaluation/videos/{talk.id}/{talk.id}.mp4")
        session.add(video)
        await session.flush()
        await index_transcript(session, video.id, talk.transcript, document_md5=md5, passages=passages)

"""Restores a user's chapters whose document is missing in the bucket."""

from app.core.config import Settings
from app.models.chapter import Chapter, ChapterDocument
from app.repositories.chapters_repository import ChaptersRepository
from app.services.moments.documents import DocumentStore
from app.services.sidecars.adopted_rows import AdoptedVideo
from app.services.storage.gcs_uploader import GCSUploader


class ChapterDocuments:
    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._store = DocumentStore(ChaptersRepository(settings), settings.gcs_chapters_prefix, uploader)

    async def restore(self, video: AdoptedVideo) -> None:
        """Write the document of the user's chapters, unless one exists.

        The index is rebuilt from documents, which would otherwise remove these chapters.
        """
        chapters = [
            Chapter(start_time=chapter.start_time, end_time=chapter.end_time, title=chapter.title)
            for chapter in video.sidecar.chapters
            if chapter.source == "user"
        ]
        if chapters and await self._store.load_local_first(video.identifier) is None:
            await self._store.write(video.identifier, ChapterDocument(user=chapters))

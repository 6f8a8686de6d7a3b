"""The content of the library's own sidecar: vocabulary, saved views, and dismissed duplicates.

Left out are secrets (keys, share links, webhooks), subscriptions, whose addresses may contain a private
token, and history (runs, audit log).
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.database.models import DismissedDuplicate, SavedView, Video, VocabularyTerm
from app.models.sidecar import DistinctVideos, LibrarySidecar, LibraryTerm, LibraryView
from app.services.sidecars.document import to_model


async def load(session: AsyncSession) -> bytes:
    """Return the document of the rows as they are now."""
    return (await build(session)).encode()


async def build(session: AsyncSession) -> LibrarySidecar:
    terms = await session.scalars(select(VocabularyTerm).order_by(VocabularyTerm.term))
    views = await session.scalars(select(SavedView).order_by(SavedView.created_at, SavedView.id))
    first, second = aliased(Video), aliased(Video)
    pairs = (
        select(
            first.identifier.label("first"), second.identifier.label("second"), DismissedDuplicate.created_at
        )
        .join(first, first.id == DismissedDuplicate.first_id)
        .join(second, second.id == DismissedDuplicate.second_id)
        .order_by(DismissedDuplicate.first_id, DismissedDuplicate.second_id)
    )
    return LibrarySidecar(
        vocabulary=[to_model(LibraryTerm, row) for row in terms],
        views=[to_model(LibraryView, row) for row in views],
        distinct=[to_model(DistinctVideos, row) for row in await session.execute(pairs)],
    )

"""Queries on the table `vocabulary_terms`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import VocabularyTerm


async def list_terms(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(VocabularyTerm.term)))


async def lock(session: AsyncSession) -> None:
    """Block other writers until this transaction ends; readers are not blocked."""
    await session.execute(text("LOCK TABLE vocabulary_terms IN SHARE ROW EXCLUSIVE MODE"))


async def add(session: AsyncSession, terms: Iterable[str]) -> None:
    """Insert terms that the table does not contain; the caller holds the lock."""
    rows = [{"term": term} for term in terms]
    if rows:
        await session.execute(insert(VocabularyTerm), rows)


async def remove(session: AsyncSession, terms: Iterable[str]) -> None:
    await session.execute(delete(VocabularyTerm).where(VocabularyTerm.term.in_(list(terms))))

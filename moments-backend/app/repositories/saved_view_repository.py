"""Queries on the table `saved_views`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import SavedView


async def list_all(session: AsyncSession) -> list[SavedView]:
    """Return all views in the natural order of their names."""
    key = func.natural_key(SavedView.name).collate("C")
    return list(await session.scalars(select(SavedView).order_by(key, SavedView.name)))


async def get(session: AsyncSession, view_id: str) -> SavedView | None:
    return await session.get(SavedView, view_id)


async def add(session: AsyncSession, name: str, query: dict[str, Any]) -> SavedView | None:
    """Insert a view; return None if another one has the name."""
    statement = (
        insert(SavedView)
        .values(id=uuid4().hex, name=name, query=query)
        .on_conflict_do_nothing(index_elements=[SavedView.name])
        .returning(SavedView)
    )
    return (await session.scalars(statement)).one_or_none()


async def has_name(session: AsyncSession, name: str, *, except_id: str) -> bool:
    """Return whether another view has the name."""
    statement = select(SavedView.id).where(SavedView.name == name, SavedView.id != except_id)
    return await session.scalar(statement) is not None


async def change(session: AsyncSession, view_id: str, **fields: Any) -> SavedView | None:
    """Update columns of a view and return it; None if it does not exist."""
    statement = update(SavedView).where(SavedView.id == view_id).values(fields).returning(SavedView)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


async def remove(session: AsyncSession, view_id: str) -> bool:
    """Delete a view; return whether it existed."""
    statement = delete(SavedView).where(SavedView.id == view_id).returning(SavedView.id)
    return await session.scalar(statement) is not None

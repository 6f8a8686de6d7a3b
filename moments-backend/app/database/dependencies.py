"""The request's session."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.session import transaction


async def get_db() -> AsyncIterator[AsyncSession]:
    """One session for one request: committed when the endpoint returns, rolled back when it raises.

    Use it as `Depends(get_db, scope="function")`. The plain form ends the session after the response has
    gone out: a slow reader then holds a connection, and a failed commit has already answered success.
    """
    async with transaction() as session:
        yield session

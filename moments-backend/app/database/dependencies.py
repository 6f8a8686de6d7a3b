"""FastAPI dependency for the database session of a request."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.session import transaction


async def get_db() -> AsyncIterator[AsyncSession]:
    """Yield the session of one request: committed when the endpoint returns, rolled back when it raises.

    Use it as `Depends(get_db, scope="function")`. The default scope ends the session only after the response
    was sent, so a slow client would hold a connection and a failed commit would follow a success response.
    """
    async with transaction() as session:
        yield session

"""Effect of the end of a run on its video's playback state, in the transaction that ends the run."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories import playback_state_repository as playback_states


async def record_end(session: AsyncSession, *, kind: str, video_id: str, status: str) -> None:
    """Mark the copy as failed if its run failed or was cancelled, so that the search skips it from now on."""
    if kind == "playback" and status in {"failed", "cancelled"}:
        await playback_states.fail(session, video_id)

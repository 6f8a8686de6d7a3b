"""The moments of all videos, a page at a time."""

from urllib.parse import quote

from app.database.read_pool import ReadPool
from app.models.moment import LibraryMoment, LibraryVideo
from app.repositories import moment_list_query
from app.repositories.moment_list_query import MomentCursor, MomentListQuery, MomentRow
from app.services.library.titles import title_from


async def list_page(
    read_pool: ReadPool, query: MomentListQuery, *, limit: int
) -> tuple[list[LibraryMoment], MomentCursor | None]:
    """Return at most `limit` moments, and the cursor of the next page; None on the last page.

    Raises:
        DatabaseError: the page could not be read.
    """
    page = await moment_list_query.read_page(read_pool, query, limit=limit)
    return [_moment(row) for row in page.rows], page.last


def _moment(row: MomentRow) -> LibraryMoment:
    identifier = row.video_identifier
    return LibraryMoment(
        **row.details,
        id=row.moment_id,
        start_time=row.start_time,
        end_time=row.end_time,
        title=row.title,
        score=row.score,
        rating=row.rating,
        is_kept=row.is_kept,
        is_edited=row.is_edited,
        video=LibraryVideo(
            id=identifier,
            title=row.video_title or title_from(identifier),
            thumbnail_url=f"/api/videos/{quote(identifier, safe='')}/thumbnail",
            duration_seconds=row.video_duration,
        ),
    )

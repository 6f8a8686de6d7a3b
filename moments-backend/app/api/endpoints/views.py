"""`/api/views`: named filters and orders of the library."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.audit import AuditEventDep
from app.api.dependencies import SessionDep
from app.api.params.saved_views import parse_view, validated_query
from app.api.responses import problem_responses
from app.core.exceptions import ViewExistsError, ViewNotFoundError
from app.database.models import SavedView
from app.models.saved_view import SavedViewCreate, SavedViewRead, SavedViewUpdate
from app.repositories import saved_view_repository

router = APIRouter(prefix="/views", tags=["videos"])

ViewId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="The view's id.")]


@router.get("", responses=problem_responses(503))
async def list_views(session: SessionDep) -> list[SavedViewRead]:
    """Return all views, sorted by name."""
    return [_read(view) for view in await saved_view_repository.list_all(session)]


@router.post("", status_code=201, responses=problem_responses(409, 422, 503))
async def create_view(new: SavedViewCreate, session: SessionDep, event: AuditEventDep) -> SavedViewRead:
    """Save filters and order of the list under a name."""
    view = await saved_view_repository.add(session, new.name, validated_query(new.query))
    if view is None:
        raise ViewExistsError(new.name)
    event.set(target=view.id, name=view.name)
    return _read(view)


@router.patch("/{view_id}", responses=problem_responses(404, 409, 422, 503))
async def change_view(
    view_id: ViewId, new: SavedViewUpdate, session: SessionDep, event: AuditEventDep
) -> SavedViewRead:
    """Rename a view, or replace its query."""
    changes = new.model_dump(exclude_none=True)
    if new.query is not None:
        changes["query"] = validated_query(new.query)
    if new.name is not None and await saved_view_repository.has_name(session, new.name, except_id=view_id):
        raise ViewExistsError(new.name)
    view = await saved_view_repository.change(session, view_id, **changes)
    if view is None:
        raise ViewNotFoundError(view_id)
    event.set(name=view.name)
    return _read(view)


@router.delete("/{view_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_view(view_id: ViewId, session: SessionDep) -> None:
    """Delete a view; its videos stay as they are."""
    if not await saved_view_repository.remove(session, view_id):
        raise ViewNotFoundError(view_id)


def _read(view: SavedView) -> SavedViewRead:
    _, problems = parse_view(view.query)
    return SavedViewRead(
        id=view.id, name=view.name, query=view.query, problems=problems, created_at=view.created_at
    )

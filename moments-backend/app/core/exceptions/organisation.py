"""Errors of tags and saved views."""

from app.core.exceptions.base import ConflictError, NotFoundError


class TagNotFoundError(NotFoundError):
    type, title = "tag-not-found", "Tag not found"

    def __init__(self, name: str) -> None:
        super().__init__(f"no video has the tag {name[:100]!r}")


class ViewNotFoundError(NotFoundError):
    type, title = "view-not-found", "View not found"

    def __init__(self, view_id: str) -> None:
        super().__init__(f"no view has the id {view_id!r}")


class ViewExistsError(ConflictError):
    type, title = "view-exists", "Another view has this name"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a view with the name {name!r} already exists", remedy="choose another name, or change that view"
        )

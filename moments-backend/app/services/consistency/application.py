"""Application of a plan: each item is checked again right before it is moved to the trash."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import Settings
from app.core.exceptions import ConflictError, LocalFileError, StorageError, VideoMomentsError
from app.database.session import transaction
from app.repositories import consistency_repository
from app.services.consistency.disk import describe_entry
from app.services.consistency.plan import Plan, PlanItem
from app.services.consistency.recheck import Recheck
from app.services.consistency.trash import (
    ensure_removable_path,
    file_in_trash,
    object_in_trash,
    rename_below,
    touch_trash,
)
from app.services.storage.gcs_uploader import GCSUploader

CONCURRENCY = 8

OnItem = Callable[[int, int], None]
"""`(items handled, total)`."""


class SkippedError(Exception):
    """The item differs from the plan; it is kept."""


@dataclass(slots=True)
class Outcome:
    """Results of the items of a plan.

    Attributes:
        skipped, failed: items with the reason.
    """

    done: list[PlanItem] = field(default_factory=list)
    skipped: list[tuple[PlanItem, str]] = field(default_factory=list)
    failed: list[tuple[PlanItem, str]] = field(default_factory=list)

    @property
    def done_bytes(self) -> int:
        return sum(item.size for item in self.done)

    def as_json(self) -> dict[str, Any]:
        def entry(item: PlanItem, **more: str) -> dict[str, Any]:
            return {"kind": item.kind.value, "target": item.target, "subject": item.subject} | more

        return {
            "done": [entry(item) for item in self.done],
            "skipped": [entry(item, reason=reason) for item, reason in self.skipped],
            "failed": [entry(item, error=reason) for item, reason in self.failed],
            "done_bytes": self.done_bytes,
        }


@dataclass(slots=True)
class PlanApplication:
    """Applies a plan, or undoes it. Both can be interrupted and run again: finished items are skipped."""

    settings: Settings
    uploader: GCSUploader
    plan: Plan
    on_item: OnItem = lambda *_: None
    outcome: Outcome = field(default_factory=Outcome)

    async def apply(self) -> Outcome:
        """Move every item to the trash that still matches the plan.

        Raises:
            StorageError, DatabaseError: bucket or table are unavailable; the rest was not touched.
        """
        recheck = Recheck(self.settings, self.uploader)
        await self._run_all(partial(self._apply_item, recheck))
        await run_in_thread(touch_trash, self.settings, self.plan.id)
        return self.outcome

    async def undo(self) -> Outcome:
        """Move everything of this plan back that is still in the trash.

        Raises:
            StorageError: the bucket is unavailable.
        """
        await self._run_all(self._undo_item)
        return self.outcome

    async def _run_all(self, handle: Callable[[PlanItem], Coroutine[Any, Any, None]]) -> None:
        items = self.plan.items
        for start in range(0, len(items), CONCURRENCY):
            batch = items[start : start + CONCURRENCY]
            tasks = [asyncio.create_task(self._handle(item, handle)) for item in batch]
            try:
                await asyncio.gather(*tasks)
            finally:
                await cancel_and_wait(*tasks)
            self.on_item(start + len(batch), len(items))

    async def _handle(self, item: PlanItem, handle: Callable[[PlanItem], Coroutine[Any, Any, None]]) -> None:
        try:
            await handle(item)
        except SkippedError as reason:
            self.outcome.skipped.append((item, str(reason)))
        except (StorageError, LocalFileError, ConflictError) as error:
            if error.retryable and isinstance(error, StorageError) and error.type == "storage-unavailable":
                raise
            self.outcome.failed.append((item, _describe(error)))
        else:
            self.outcome.done.append(item)

    async def _apply_item(self, recheck: Recheck, item: PlanItem) -> None:
        if item.action == "write-sidecar":
            await self._queue_sidecar(item)
        elif item.target == "object":
            await self._remove_object(recheck, item)
        else:
            await self._remove_file(recheck, item)

    async def _remove_object(self, recheck: Recheck, item: PlanItem) -> None:
        stored = await self.uploader.describe_object(item.subject)
        target = object_in_trash(self.settings, self.plan.id, item.subject)
        if stored is None:
            is_moved = await self.uploader.describe_object(target) is not None
            raise SkippedError("moved to the trash before" if is_moved else "it does not exist any more")
        if stored.generation != item.generation:
            raise SkippedError("it was replaced after the plan was made")
        if reason := await recheck.check_object(item, stored):
            raise SkippedError(reason)
        await self.uploader.move_object(stored, target)
        if item.kind == "broken-sidecar":
            await self._queue_sidecar(item)

    async def _remove_file(self, recheck: Recheck, item: PlanItem) -> None:
        ensure_removable_path(item.subject)
        path = self.settings.static_path / item.subject
        target = file_in_trash(self.settings, self.plan.id, item.subject)
        try:
            found = await run_in_thread(describe_entry, path)
        except OSError as error:
            is_moved = await run_in_thread(target.exists)
            raise SkippedError(
                "moved to the trash before" if is_moved else "it does not exist any more"
            ) from error
        if found != (item.size, item.modified_ns):
            raise SkippedError("it changed after the plan was made")
        if reason := await recheck.check_file(item, path):
            raise SkippedError(reason)
        await run_in_thread(rename_below, self.settings.static_path, item.subject, target)

    async def _queue_sidecar(self, item: PlanItem) -> None:
        async with transaction() as session:
            rows = await consistency_repository.list_by_identifier(session, [item.identifier or ""])
            if not rows:
                raise SkippedError("its video does not exist any more")
            await consistency_repository.queue_sidecar(session, rows[0].id)

    async def _undo_item(self, item: PlanItem) -> None:
        if item.action != "trash":
            raise SkippedError("it was not removed")
        if item.target == "object":
            name = object_in_trash(self.settings, self.plan.id, item.subject)
            stored = await self.uploader.describe_object(name)
            if stored is None:
                raise SkippedError("it is not in the trash")
            await self.uploader.move_object(stored, item.subject)
            return
        ensure_removable_path(item.subject)
        source = file_in_trash(self.settings, self.plan.id, item.subject)
        if not await run_in_thread(source.exists):
            raise SkippedError("it is not in the trash")
        subject = source.relative_to(self.settings.static_path).as_posix()
        target = self.settings.static_path / item.subject
        await run_in_thread(rename_below, self.settings.static_path, subject, target)


def _describe(error: VideoMomentsError) -> str:
    return f"{error.cause} ({error.remedy})" if error.remedy else error.cause

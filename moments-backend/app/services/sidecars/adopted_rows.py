"""The rows of a video that its sidecar describes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.config import Settings
from app.models.sidecar import Sidecar
from app.services.storage.checksums import to_hex
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import export_prefix, playback_path, sidecar_path
from app.services.storage.object_store import StoredObject

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AdoptedVideo:
    """A video to insert.

    Attributes:
        identifier: the folder's; normally the sidecar's as well.
        row: the columns of `videos`.
        is_exact: the sidecar equals what would be written for the new rows.
    """

    settings: Settings
    identifier: str
    sidecar: Sidecar
    row: Row
    is_exact: bool

    @property
    def sidecar_name(self) -> str:
        return sidecar_path(self.settings, self.identifier)

    def marks(self) -> Iterator[Row]:
        for mark in self.sidecar.marks:
            yield {"video_identifier": self.identifier, **mark.model_dump()}

    def chapters(self, number: int) -> Iterator[Row]:
        for position, chapter in enumerate(self.sidecar.chapters):
            yield {"video_id": number, "number": position, **chapter.model_dump()}

    def corrections(self) -> Iterator[Row]:
        for correction in self.sidecar.corrections:
            yield {"video_identifier": self.identifier, **correction.model_dump()}

    def feedback(self, number: int) -> Iterator[Row]:
        for action in self.sidecar.feedback:
            yield {"video_id": number, **action.model_dump()}

    def exports(self, number: int) -> Iterator[Row]:
        for export in self.sidecar.exports:
            folder = export_prefix(self.settings, self.identifier, export.id)
            columns = export.model_dump()
            path = f"{folder}{columns.pop('file')}"
            yield {"video_id": number, "state": "completed", "percent": 100, "gcs_path": path, **columns}


@dataclass(frozen=True, slots=True)
class RowBuilder:
    """Combines sidecars with what the bucket holds.

    Attributes:
        copies: names of the playback copies in the bucket.
    """

    settings: Settings
    uploader: GCSUploader
    copies: frozenset[str]

    def build(
        self, identifier: str, sidecar: Sidecar, original: StoredObject, *, is_exact: bool
    ) -> AdoptedVideo:
        described = sidecar.object
        md5 = described.md5 or (None if original.md5 is None else to_hex(original.md5))
        state = sidecar.video.playback_state
        if state == "ready" and playback_path(self.settings, identifier) not in self.copies:
            state, is_exact = "needed", False
        row = sidecar.video.model_dump() | {
            "identifier": identifier,
            "cloud_url": self.uploader.cloud_url(original.name),
            "size_bytes": original.size,
            "md5": md5,
            "playback_state": state,
        }
        is_exact = is_exact and (described.size_bytes, described.md5) == (original.size, md5)
        return AdoptedVideo(self.settings, identifier, sidecar, row, is_exact)

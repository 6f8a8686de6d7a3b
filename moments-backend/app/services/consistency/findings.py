"""Kinds of findings, with their meaning and remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from app.core.terminal_text import is_unicode

Target = Literal["object", "file", "row"]


class Kind(StrEnum):
    """Names of the findings, which are stable."""

    ROW_WITHOUT_OBJECT = "row-without-object"
    OTHER_BUCKET = "other-bucket"
    OBJECT_WITHOUT_ROW = "object-without-row"
    WRONG_SIZE = "wrong-size"
    WRONG_CHECKSUM = "wrong-checksum"
    FILE_WITHOUT_ROW = "file-without-row"
    LOCAL_WRONG_SIZE = "local-wrong-size"
    LOCAL_WRONG_CHECKSUM = "local-wrong-checksum"
    LOCAL_UNREADABLE = "local-unreadable"
    DERIVED_OBJECT_WITHOUT_PARENT = "derived-object-without-parent"
    DERIVED_FILE_WITHOUT_PARENT = "derived-file-without-parent"
    MISSING_SIDECAR = "missing-sidecar"
    BROKEN_SIDECAR = "broken-sidecar"
    STALE_PLAYBACK_COPY = "stale-playback-copy"
    MISSING_PLAYBACK_COPY = "missing-playback-copy"
    UPLOAD_LEFTOVER = "upload-leftover"


REPAIR = "upload the local file again: videomoments migrate --repair"
RESTORE = "restore an older generation or a backup of the object, or delete the video"
REMEDIES: Mapping[Kind, str] = {
    Kind.ROW_WITHOUT_OBJECT: RESTORE,
    Kind.OTHER_BUCKET: "set GCS_BUCKET_NAME to that bucket, or move the video: videomoments migrate --repair",
    Kind.OBJECT_WITHOUT_ROW: "register it: videomoments adopt; --plan moves it to the trash if another video"
    " has the same bytes",
    Kind.WRONG_SIZE: RESTORE,
    Kind.WRONG_CHECKSUM: RESTORE,
    Kind.FILE_WITHOUT_ROW: "register it: videomoments migrate",
    Kind.LOCAL_WRONG_SIZE: "find out what the file is: videomoments migrate",
    Kind.LOCAL_WRONG_CHECKSUM: "find out what the file is: videomoments migrate",
    Kind.LOCAL_UNREADABLE: "check its owner and permissions, and the disk",
    Kind.DERIVED_OBJECT_WITHOUT_PARENT: "move it to the trash: --plan FILE, then --apply FILE",
    Kind.DERIVED_FILE_WITHOUT_PARENT: "move it to the trash: --plan FILE, then --apply FILE",
    Kind.MISSING_SIDECAR: "let a worker write it: --plan FILE, then --apply FILE",
    Kind.BROKEN_SIDECAR: "move it to the trash: --plan FILE, then --apply FILE; a worker writes a new one",
    Kind.STALE_PLAYBACK_COPY: "move it to the trash: --plan FILE, then --apply FILE",
    Kind.MISSING_PLAYBACK_COPY: "make it again: videomoments playback ID",
    Kind.UPLOAD_LEFTOVER: "move it to the trash: --plan FILE, then --apply FILE",
}

REMOVABLE = frozenset(
    {
        Kind.OBJECT_WITHOUT_ROW,
        Kind.DERIVED_OBJECT_WITHOUT_PARENT,
        Kind.DERIVED_FILE_WITHOUT_PARENT,
        Kind.BROKEN_SIDECAR,
        Kind.STALE_PLAYBACK_COPY,
        Kind.UPLOAD_LEFTOVER,
    }
)
"""Kinds that a plan may move to the trash."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between table, bucket and disk.

    Attributes:
        subject: name of the object, path below `STATIC_DIR`, or identifier of the row.
        part: kind of the object or file, such as `original`, `transcripts` or `clips`.
        size: of the object or file, in bytes.
        generation, md5: of the object; the MD5 is Base64.
        modified_ns: of the file.
        proof: for an original without a row, the name of an object with the same bytes.
        reason: why no plan may remove it, although its kind is in `REMOVABLE`.
    """

    kind: Kind
    target: Target
    subject: str
    cause: str
    identifier: str | None = None
    part: str | None = None
    size: int = 0
    generation: int | None = None
    md5: str | None = None
    modified_ns: int | None = None
    proof: str | None = None
    reason: str | None = None
    remedy: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_removable(self) -> bool:
        return self.kind in REMOVABLE and self.reason is None and is_unicode(self.subject)

    def as_json(self) -> dict[str, Any]:
        """Return what is known, without empty members."""
        values = {
            "kind": self.kind.value,
            "target": self.target,
            "subject": self.subject,
            "video_id": self.identifier,
            "part": self.part,
            "size": self.size if self.target != "row" else None,
            "generation": self.generation,
            "md5": self.md5,
            "modified_ns": self.modified_ns,
            "proof": self.proof,
            "cause": self.cause,
            "remedy": self.remedy or REMEDIES[self.kind],
            "not_removable_because": self.reason,
            "evidence": dict(self.evidence) or None,
        }
        return {name: value for name, value in values.items() if value is not None}

"""The objects of a bucket, grouped by video."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core.config import Settings
from app.core.exceptions import SidecarMismatchError
from app.core.files.content_types import is_video_name
from app.models.sidecar import Sidecar, SidecarObject
from app.services.storage.checksums import to_hex
from app.services.storage.object_names import library_sidecar_path, sidecar_path
from app.services.storage.object_store import StoredObject


@dataclass(slots=True)
class VideoFolder:
    """The objects `videos/{identifier}/…` that concern adoption."""

    identifier: str
    sidecar: StoredObject | None = None
    originals: dict[str, StoredObject] = field(default_factory=dict)
    """By last part of the name."""


@dataclass(slots=True)
class BucketContent:
    folders: dict[str, VideoFolder] = field(default_factory=dict)
    library: StoredObject | None = None
    others: list[str] = field(default_factory=list)
    """Names of objects that are neither sidecars nor videos."""


def group_objects(settings: Settings, objects: Iterable[StoredObject]) -> BucketContent:
    """Group the objects below the prefix of videos by identifier."""
    content = BucketContent()
    for stored in objects:
        identifier, _, filename = stored.name.removeprefix(settings.gcs_videos_prefix).partition("/")
        if stored.name == library_sidecar_path(settings):
            content.library = stored
            continue
        is_sidecar = bool(identifier) and stored.name == sidecar_path(settings, identifier)
        if not is_sidecar and ("/" in filename or not is_video_name(filename)):
            content.others.append(stored.name)
            continue
        folder = content.folders.setdefault(identifier, VideoFolder(identifier))
        if is_sidecar:
            folder.sidecar = stored
        else:
            folder.originals[filename] = stored
    return content


def find_original(folder: VideoFolder, sidecar: Sidecar, name: str) -> tuple[StoredObject, str | None]:
    """Return the object that the sidecar describes, and a remark if its name differs from the sidecar's.

    A sidecar with another identifier, as in a renamed folder, is accepted only with the proof of equal size
    and MD5.

    Raises:
        SidecarMismatchError: the object is missing, or has another size or checksum.
    """
    described = sidecar.object
    expected = folder.originals.get(described.name)
    if expected is not None and sidecar.identifier == folder.identifier:
        _ensure_equal(described, expected, name)
        return expected, None if _is_compared(described, expected) else f"{name}: no checksum to compare"
    proven = [stored for stored in folder.originals.values() if _is_proven(described, stored)]
    if len(proven) == 1:
        return proven[0], f"{name} was written for {sidecar.identifier}/{described.name}"
    if sidecar.identifier != folder.identifier:
        raise SidecarMismatchError(
            f"{name} describes {sidecar.identifier!r}, and no object beside it has that video's size and MD5",
            remedy="move the sidecar back beside its original, or delete it",
        )
    raise SidecarMismatchError(
        f"{name} describes {described.name}, which does not exist beside it",
        remedy="restore the original, for example from an older version of the object, or delete the sidecar",
    )


def _ensure_equal(described: SidecarObject, stored: StoredObject, name: str) -> None:
    differences = []
    if described.size_bytes not in {None, stored.size}:
        differences.append(f"{described.size_bytes} bytes, the object has {stored.size}")
    md5 = _md5(stored)
    if described.md5 and md5 and described.md5 != md5:
        differences.append(f"the MD5 {described.md5}, the object has {md5}")
    if described.crc32c and stored.crc32c and described.crc32c != stored.crc32c:
        differences.append(f"the CRC32C {described.crc32c}, the object has {stored.crc32c}")
    if differences:
        raise SidecarMismatchError(
            f"{name} states {'; '.join(differences)}",
            remedy="restore the original, or delete the sidecar to register the object as a new video",
        )


def _is_compared(described: SidecarObject, stored: StoredObject) -> bool:
    return bool((described.md5 and stored.md5) or (described.crc32c and stored.crc32c))


def _is_proven(described: SidecarObject, stored: StoredObject) -> bool:
    has_size = described.size_bytes == stored.size
    return has_size and described.md5 is not None and described.md5 == _md5(stored)


def _md5(stored: StoredObject) -> str | None:
    return None if stored.md5 is None else to_hex(stored.md5)

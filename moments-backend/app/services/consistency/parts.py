"""Classification of objects and local files by their names: the kind, and the video."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from app.core.config import Settings
from app.repositories.transcript_repository import RECOGNISED
from app.services.library.thumbnails import KEPT_SOURCES
from app.services.storage.object_names import library_sidecar_path

ORIGINALS = "originals"
SIDECARS = "sidecars"
EXPORTS = "exports"
PLAYBACK = "playback copies"
DOCUMENT = ".json"
TRASH = "trash"
OTHER = "other"

_CLIP = re.compile(r"(?P<id>.+)_[0-9a-f]{16}_clip\.mp4", re.DOTALL)
_KEPT_DOCUMENT = re.compile(r"(?P<id>.+)\.json\.[a-z]+(?:-\d+)?", re.DOTALL)
"""Copies that `JsonFileRepository.keep` made."""


class Part(NamedTuple):
    """Kind and video of a name.

    Attributes:
        kind: such as `originals` or `transcripts`.
        identifier: of the video; None if the name is not one of ours, or concerns no video.
    """

    kind: str
    identifier: str | None


class ObjectParts:
    """Classifies the objects of a bucket by the prefixes of the settings."""

    def __init__(self, settings: Settings) -> None:
        folders = {
            settings.gcs_videos_prefix: ORIGINALS,
            settings.gcs_audio_prefix: "audio",
            settings.gcs_clips_prefix: "clips",
            settings.gcs_playback_prefix: PLAYBACK,
            settings.gcs_storyboards_prefix: "storyboards",
            settings.gcs_thumbnails_prefix: "thumbnails",
            settings.gcs_captions_prefix: "captions",
            settings.gcs_exports_prefix: EXPORTS,
            settings.gcs_trash_prefix: TRASH,
        }
        documents = {
            settings.gcs_transcripts_prefix: "transcripts",
            f"{settings.gcs_transcripts_prefix}{RECOGNISED}/": "transcripts",
            settings.gcs_moments_prefix: "moments",
            settings.gcs_chapters_prefix: "chapters",
        }
        known = [(prefix, kind, False) for prefix, kind in folders.items()]
        known += [(prefix, kind, True) for prefix, kind in documents.items()]
        # The longest prefix decides, since one may begin with another.
        self._known = sorted(known, key=lambda entry: -len(entry[0]))
        self._library_sidecar = library_sidecar_path(settings)

    def of(self, name: str) -> Part:
        for prefix, kind, is_document in self._known:
            if name.startswith(prefix):
                rest = name[len(prefix) :]
                if is_document:
                    identifier = rest[: -len(DOCUMENT)] if rest.endswith(DOCUMENT) else ""
                    return Part(kind, identifier) if identifier and "/" not in identifier else _OTHER
                if kind == TRASH:
                    return Part(TRASH, None)
                identifier, slash, filename = rest.partition("/")
                if not slash or not identifier or not filename:
                    return Part(SIDECARS, None) if name == self._library_sidecar else _OTHER
                if kind == ORIGINALS and filename == f"{identifier}{DOCUMENT}":
                    return Part(SIDECARS, identifier)
                return Part(kind, identifier)
        return _OTHER


_OTHER = Part(OTHER, None)


def part_of_file(relative_path: str) -> Part | None:
    """Return the part that a file below `STATIC_DIR` is; None for originals and files of other purposes."""
    folder, *rest = PurePosixPath(relative_path).parts
    name = rest[-1] if rest else ""
    stem, dot, extension = name.rpartition(".")
    match folder, rest:
        case "audios", [_] if extension == "wav":
            return Part("audio", stem)
        case (("transcripts" | "moments" | "chapters"), [_]):
            kept = _KEPT_DOCUMENT.fullmatch(name)
            found = stem if extension == "json" else kept["id"] if kept else None
            return Part(folder, found) if found else None
        case "transcripts", [str(sub), _] if sub == RECOGNISED and extension == "json":
            return Part(folder, stem)
        case "thumbnails", [_] if extension == "jpg":
            return Part(folder, stem)
        case "thumbnails", [str(sub), _] if sub in KEPT_SOURCES and extension == "jpg":
            return Part(folder, stem)
        case "storyboards", [_] if dot and extension in {"jpg", "vtt"}:
            return Part(folder, stem)
        case "captions", [str(identifier), _]:
            return Part(folder, identifier)
        case "moment_clips", [_]:
            clip = _CLIP.fullmatch(name)
            return Part("clips", clip["id"]) if clip else None
    return None

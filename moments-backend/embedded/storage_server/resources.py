"""Objects, buckets and preconditions as values, and their JSON resources."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote

from embedded.storage_server.api_errors import (
    ApiError,
    invalid,
    not_implemented,
    not_modified,
    precondition_failed,
)

WRITABLE_FIELDS = frozenset(
    {
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentLanguage",
        "contentType",
        "customTime",
        "metadata",
    }
)
_UNSUPPORTED_FIELDS = frozenset(
    {
        "acl",
        "contexts",
        "customerEncryption",
        "eventBasedHold",
        "kmsKeyName",
        "retention",
        "temporaryHold",
    }
)
MAX_DIGITS = 18
"""Longest accepted number; SQLite's integers have 19 digits."""
DEFAULT_CONTENT_TYPE = "application/octet-stream"


def utc_now() -> str:
    """Return the current time in RFC 3339 format with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    created: str
    metageneration: int = 1

    def as_json(self, url: str) -> dict[str, Any]:
        return {
            "kind": "storage#bucket",
            "id": self.name,
            "name": self.name,
            "selfLink": f"{url}/storage/v1/b/{self.name}",
            "projectNumber": "0",
            "metageneration": str(self.metageneration),
            "location": "US",
            "locationType": "region",
            "storageClass": "STANDARD",
            "timeCreated": self.created,
            "updated": self.created,
            "etag": "CAE=",
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "enforced",
            },
        }

    def check(self, preconditions: "Preconditions") -> None:
        """Compare the conditions on the metageneration.

        Raises:
            ApiError: 412.
        """
        expected, unexpected = preconditions.metageneration_match, preconditions.metageneration_not_match
        if expected not in {None, self.metageneration} or unexpected == self.metageneration:
            raise precondition_failed()


@dataclass(frozen=True, slots=True)
class Object:
    """One live object.

    Attributes:
        md5, crc32c: base64; `md5` is None for composite objects.
        fields: the writable fields of the JSON resource, such as `contentType` and `metadata`.
        blob: name of the file with the content.
    """

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    md5: str | None
    crc32c: str
    blob: str
    created: str
    updated: str
    components: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return str(self.fields.get("contentType") or DEFAULT_CONTENT_TYPE)

    @property
    def etag(self) -> str:
        digest = base64.b64decode(self.md5 or self.crc32c).hex()
        return f'"{digest}"' if self.md5 else f'"-{digest}-{self.generation}"'

    def as_json(self, url: str) -> dict[str, Any]:
        path = f"b/{self.bucket}/o/{quote(self.name, safe='')}"
        resource = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{url}/storage/v1/{path}",
            "mediaLink": f"{url}/download/storage/v1/{path}?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "storageClass": "STANDARD",
            "size": str(self.size),
            "crc32c": self.crc32c,
            "etag": base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode(),
            "timeCreated": self.created,
            "updated": self.updated,
            "timeStorageClassUpdated": self.created,
            "contentType": self.content_type,
            **{name: value for name, value in self.fields.items() if name != "contentType"},
        }
        if self.md5 is not None:
            resource["md5Hash"] = self.md5
        if self.components:
            resource["componentCount"] = self.components
        return resource

    def patched(self, changes: Mapping[str, Any], *, replace_all: bool = False) -> Self:
        """Return the object with changed fields; null removes one, and `metadata` is merged.

        Args:
            replace_all: drop fields that `changes` does not name, as PUT does.
        """
        fields = {} if replace_all else dict(self.fields)
        fields |= {name: value for name, value in changes.items() if name in WRITABLE_FIELDS}
        if isinstance(changes.get("metadata"), dict):
            merged = dict(self.fields.get("metadata") or {}) if not replace_all else {}
            merged |= changes["metadata"]
            fields["metadata"] = {key: value for key, value in merged.items() if value is not None}
        fields = {name: value for name, value in fields.items() if value not in (None, {})}
        return replace(self, fields=fields, metageneration=self.metageneration + 1, updated=utc_now())


def checked_fields(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the writable fields of a resource.

    Raises:
        ApiError: 400 for a value of the wrong type, 501 for fields that the server cannot honour.
    """
    unsupported = sorted(_UNSUPPORTED_FIELDS & {name for name, value in resource.items() if value})
    if resource.get("storageClass") not in {None, "STANDARD"}:
        unsupported.append("storageClass")
    if unsupported:
        raise not_implemented(f"Not implemented: {', '.join(unsupported)}.")
    fields = {name: value for name, value in resource.items() if name in WRITABLE_FIELDS}
    for name, value in fields.items():
        if value is None:
            continue
        if name == "metadata":
            values = value.values() if isinstance(value, dict) else [value]
            if not isinstance(value, dict) or any(
                item is not None and not isinstance(item, str) for item in values
            ):
                raise invalid("Invalid value for metadata: expected an object of strings")
        elif not isinstance(value, str):
            raise invalid(f"Invalid value for {name}: expected a string")
    return fields


def checked_number(name: str, value: object) -> int | None:
    """Return a number that JSON or a query may state as text.

    Raises:
        ApiError: 400.
    """
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > MAX_DIGITS:
        raise invalid(f"Invalid value for {name}: {text[:40]!r}")
    return int(text)


_PARAMETERS = {
    "generation_match": "GenerationMatch",
    "generation_not_match": "GenerationNotMatch",
    "metageneration_match": "MetagenerationMatch",
    "metageneration_not_match": "MetagenerationNotMatch",
}


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Conditions on the live object; generation 0 means "does not exist".

    https://cloud.google.com/storage/docs/request-preconditions
    """

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, object], prefix: str = "if") -> Self:
        """Read `ifGenerationMatch` and the like; `prefix` is `ifSource` for the source of a copy.

        Raises:
            ApiError: 400, for a value that is not a number.
        """
        return cls(
            **{
                name: checked_number(prefix + suffix, values.get(prefix + suffix))
                for name, suffix in _PARAMETERS.items()
            }
        )

    def check(self, current: Object | None, *, is_read: bool = False) -> None:
        """Compare with the live object.

        Raises:
            ApiError: 412, or 304 if a "not match" condition of a read fails.
        """
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation_match is not None and generation != self.generation_match:
            raise precondition_failed()
        if self.metageneration_match is not None and metageneration != self.metageneration_match:
            raise precondition_failed()
        failed: ApiError = not_modified() if is_read else precondition_failed()
        if self.generation_not_match is not None and generation == self.generation_not_match:
            raise failed
        if self.metageneration_not_match is not None and metageneration == self.metageneration_not_match:
            raise failed

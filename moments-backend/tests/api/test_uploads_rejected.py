"""Upload requests that are refused: invalid values, unsupported extensions, a full disk."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.config import Settings
from tests.api.support.rows import problem
from tests.api.support.tus_client import OFFSET_TYPE, TUS, begin, connect, create, metadata, offset_of, patch

MISSING = "0" * 32


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(address) as opened:
        yield opened


def folders(settings: Settings) -> list[str]:
    if not settings.uploads_dir.exists():
        return []
    return sorted(path.name for path in settings.uploads_dir.iterdir())


async def test_unsupported_extensions_create_nothing(client: httpx.AsyncClient, settings: Settings) -> None:
    """Creation with upload, concatenation, and deferred length."""
    wanted = TUS | {"Upload-Metadata": metadata(filename="a.mp4")}
    length = {"Upload-Length": "5"}
    with_body = wanted | length | {"Content-Type": OFFSET_TYPE}
    refused = await client.post("/api/uploads", headers=with_body, content=b"12345")
    problem(refused, 415, "unsupported-media-type")
    with_body["Content-Type"] = "application/json"
    problem(await client.post("/api/uploads", headers=with_body, content=b"12345"), 422, "invalid-request")
    joined = wanted | {"Upload-Concat": f"final;/api/uploads/{MISSING}"}
    problem(await client.post("/api/uploads", headers=joined), 422, "invalid-request")
    deferred = wanted | {"Upload-Defer-Length": "1"}
    problem(await client.post("/api/uploads", headers=deferred), 422, "invalid-request")
    negative = wanted | {"Upload-Length": "-1"}
    problem(await client.post("/api/uploads", headers=negative), 422, "invalid-request")
    assert folders(settings) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filename", "size", "name"),
    [
        ("letter.txt", 5, "not-a-video"),
        ("", 5, "invalid-request"),
        (".hidden.mp4", 5, "unusable-name"),
        ("folder/a.mp4", 5, "unusable-name"),
        ("..\\a.mp4", 5, "unusable-name"),
        ("a\nb.mp4", 5, "unusable-name"),
        ("a\0.mp4", 5, "unusable-name"),
        ("ü" * 130 + ".mp4", 5, "unusable-name"),
        ("a.mp4", 0, "empty-file"),
        ("a.mp4", 100 * 1024**3 + 1, "too-large"),
    ],
)
async def test_invalid_files_are_rejected_before_any_byte(
    client: httpx.AsyncClient, settings: Settings, filename: str, size: int, name: str
) -> None:
    problem(await create(client, filename, size), 422, name)
    assert folders(settings) == []


@pytest.mark.parametrize(
    "folder", ["/a", "a/", "a//b", "..", "a/../b", ".git/a", "a\\b", "a\nb", "x" * 256, "a/" * 600]
)
async def test_unusable_folders_are_rejected(client: httpx.AsyncClient, folder: str) -> None:
    problem(await create(client, "a.mp4", 10, folder=folder), 422, "unusable-name")


async def test_malformed_boolean_is_rejected(client: httpx.AsyncClient) -> None:
    problem(await create(client, "a.mp4", 5, find_moments="perhaps"), 422, "invalid-request")


async def test_full_disk_rejects_creation(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.files.disk_space.RESERVED_BYTES", 2**62)
    found = problem(await create(client, "a.mp4", 5), 503, "disk-full")
    assert found["retryable"]


async def test_disk_full_during_a_patch(client: httpx.AsyncClient, settings: Settings) -> None:
    """Replace the file by `/dev/full`, so that the system raises ENOSPC."""
    path = await begin(client, "a.mp4", 3 * 1024**2)
    file = settings.uploads_dir / path.rpartition("/")[2] / "a.mp4"
    file.unlink()
    file.symlink_to("/dev/full")
    for length in (2 * 1024**2, 100):  # written during the transfer, and at its end
        answer = await patch(client, path, 0, bytes(length))
        assert problem(answer, 503, "disk-full")["retryable"]
        assert answer.headers["tus-resumable"] == "1.0.0"
    file.unlink()
    file.touch()
    assert await offset_of(client, path) == 0
    assert (await patch(client, path, 0, bytes(100))).status_code == 204


async def test_invalid_requests_write_nothing(client: httpx.AsyncClient) -> None:
    path = await begin(client, "a.mp4", 10)
    other = await client.patch(
        path, headers={"Upload-Offset": "0", "Content-Type": OFFSET_TYPE}, content=b"x"
    )
    problem(other, 412, "bad-request")
    assert other.headers["tus-version"] == "1.0.0"
    problem(await patch(client, path, 0, b"12", **{"Content-Type": "video/mp4"}), 415, "bad-request")
    problem(await patch(client, path, 3, b"12"), 409, "upload-offset")
    problem(await patch(client, path, 0, b"12345678901"), 422, "invalid-request")
    problem(await patch(client, path, 0, b"1", **{"Upload-Offset": "one"}), 422, "invalid-request")
    problem(await client.patch(path, headers=TUS | {"Content-Type": OFFSET_TYPE}), 422, "invalid-request")
    problem(await client.delete(path), 412, "bad-request")
    assert (await client.head(path)).status_code == 412
    assert await offset_of(client, path) == 0


async def test_unknown_upload_is_404(client: httpx.AsyncClient) -> None:
    for upload_id in (MISSING, "..%2f..", "nothing"):
        path = f"/api/uploads/{upload_id}"
        expected = "not-found" if "%" in upload_id else "upload-not-found"
        problem(await client.get(path), 404, expected)
        if "%" not in upload_id:
            problem(await patch(client, path, 0, b"1"), 404, expected)
        problem(await client.delete(path, headers=TUS), 404, expected)
        problem(await client.post(f"{path}/retry"), 404, expected)
        assert (await client.head(path, headers=TUS)).status_code == 404


@pytest.mark.parametrize(
    "name", ["a\u202e4pm.mp4", "a\u2066b.mp4", "a\x1b[31m.mp4", "a\u0085b.mp4", "a\x7f.mp4"]
)
async def test_misleading_names_are_rejected(
    client: httpx.AsyncClient, settings: Settings, name: str
) -> None:
    """Bidirectional overrides and control characters show another name than the file has."""
    problem(await create(client, name, 5), 422, "unusable-name")
    assert folders(settings) == []


async def test_long_metadata_is_rejected(client: httpx.AsyncClient, settings: Settings) -> None:
    """The metadata of every upload is kept, and was part of every list."""
    for filler in ("x" * 8192, "x" * 40_000):
        found = problem(await create(client, "a.mp4", 5, note=filler), 422, "invalid-request")
        assert found["errors"][0]["location"][-1] == "upload-metadata"
    keys = {"force": "true"} | {f"key{n}": "x" * 20 for n in range(140)}
    assert (await create(client, "a.mp4", 5, **keys)).status_code == 201
    assert len(folders(settings)) == 1

"""Kills the storage server in the middle of uploads, and checks what it kept.

    python -m tests.embedded.support.kill_loop [KILLS]

Every acknowledged object must be whole, no other may be visible in part, and nothing else may remain on the
disk after the restart except the parts of resumable uploads that can continue.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from embedded.storage_server.store import Store
from tests.embedded.support.storage_server import BUCKET, OwnServer

if TYPE_CHECKING:
    from collections.abc import Callable

UPLOADERS = ("media", "multipart", "resumable")
NOISE = os.urandom(4 * 1024 * 1024)
CHUNK = 256 * 1024
PATH = f"/upload/storage/v1/b/{BUCKET}/o"


@dataclass
class Uploads:
    """Sent and acknowledged contents: MD5 by object name."""

    sent: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    sessions: int = 0

    def run(self, server: OwnServer, kind: str, round_number: int) -> None:
        """Upload objects of random sizes until the connection fails; every second name is used again."""
        with server.client() as client:
            for number in range(10_000):
                name = f"{kind}-{round_number if number % 2 else 'again'}-{number}"
                offset = random.randrange(CHUNK)
                content = NOISE[offset : offset + random.choice([0, 1000, CHUNK, 3_000_000])]
                md5 = b64encode(hashlib.md5(content).digest()).decode()
                self.sent.setdefault(name, md5)
                try:
                    self._upload(client, kind, name, content, md5)
                except httpx.HTTPError:
                    # The server may have committed it without an acknowledgement.
                    self.sent[name] += " " + md5
                    return
                self.sent[name] = self.acknowledged[name] = md5

    def _upload(self, client: httpx.Client, kind: str, name: str, content: bytes, md5: str) -> None:
        params = {"uploadType": kind, "name": name}
        if kind == "media":
            response = client.post(PATH, params=params, content=content)
        elif kind == "multipart":
            resource = json.dumps({"name": name, "md5Hash": md5})
            head = f"--b\r\nContent-Type: application/json\r\n\r\n{resource}\r\n--b\r\n\r\n".encode()
            headers = {"Content-Type": "multipart/related; boundary=b"}
            response = client.post(
                PATH, params=params, content=head + content + b"\r\n--b--", headers=headers
            )
        else:
            session = client.post(PATH, params=params, json={"md5Hash": md5}).headers["location"]
            self.sessions += 1
            response = client.put(session, headers={"Content-Range": f"bytes */{len(content) or '0'}"})
            for first in range(0, len(content), CHUNK):
                part = content[first : first + CHUNK]
                span = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
                response = client.put(session, content=part, headers={"Content-Range": span})
        assert response.status_code == 200, response.text


@dataclass(frozen=True)
class Kept:
    """Numbers of objects, unfinished uploads and files on the disk."""

    objects: int
    unfinished: int
    files: int


def kill_in_the_middle(server: OwnServer, uploads: Uploads, round_number: int) -> None:
    """Run all kinds of uploads at once, and kill the server at a random moment."""
    with ThreadPoolExecutor(len(UPLOADERS)) as pool:
        running = [pool.submit(uploads.run, server, kind, round_number) for kind in UPLOADERS]
        threading.Event().wait(random.uniform(0.3, 1.5))
        server.kill()
        for each in running:
            each.result()


def check(server: OwnServer, uploads: Uploads) -> None:
    """Compare every visible object with what was sent."""
    with server.client() as client:
        listed: dict[str, str] = {}
        token = ""
        while True:
            page = client.get(
                f"/storage/v1/b/{BUCKET}/o", params={"pageToken": token} if token else {}
            ).json()
            listed |= {item["name"]: item["md5Hash"] for item in page.get("items", [])}
            token = page.get("nextPageToken", "")
            if not token:
                break
        missing = uploads.acknowledged.keys() - listed.keys()
        assert not missing, f"acknowledged objects are missing: {missing}"
        for name, md5 in listed.items():
            assert md5 in uploads.sent[name].split(), f"{name} has content that was never sent"
            path = f"/storage/v1/b/{BUCKET}/o/{name}"
            content = client.get(path, params={"alt": "media"}).content
            assert b64encode(hashlib.md5(content).digest()).decode() == md5, f"{name} is damaged"
            # From now on this content is known.
            uploads.sent[name] = uploads.acknowledged[name] = md5


def count(data: Path) -> Kept:
    """Count what the stopped server keeps.

    Raises:
        AssertionError: files that belong to neither an object nor an unfinished upload.
    """
    store = Store(data)
    try:
        objects, unfinished = store.index.object_blobs().keys(), store.index.upload_blobs()
        files = set(store.blobs.names())
        assert objects <= files
        assert files <= objects | unfinished, "files without an object remain"
        return Kept(len(objects), len(unfinished), len(files))
    finally:
        store.close()


def run(directory: Path, kills: int, report: Callable[[str], object] = lambda _: None) -> Kept:
    server, uploads = OwnServer(directory), Uploads()
    try:
        for number in range(1, kills + 1):
            server.start()
            check(server, uploads)
            kill_in_the_middle(server, uploads, number)
            report(f"kill {number:2}: {len(uploads.acknowledged)} objects, {uploads.sessions} sessions")
        server.start()
        check(server, uploads)
        server.stop()
    finally:
        server.kill()
    kept = count(server.data)
    assert kept.unfinished <= 2 * kills  # at most one session of each round, and one not yet used
    report(f"after {kills} kills: {kept.objects} objects whole, {kept.unfinished} unfinished uploads")
    return kept


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
        run(Path(temporary), kills, lambda line: sys.stdout.write(line + "\n") and sys.stdout.flush())

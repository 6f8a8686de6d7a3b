"""Bad files: each fails with its cause, without affecting the others."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.core.config import BACKEND_DIR
from tests.fixtures.library import MODULE, CommandResult, Library, migrate
from tests.fixtures.media import make_audio, make_picture, make_video, truncate
from tests.fixtures.servers import SharedStack
from tests.services.storage.support.fault_proxy import FaultProxy, Request, fault_proxy, forward, status

Make = Callable[[Path], object]


@pytest.fixture
def proxy(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """Place a fault proxy before the storage server, with short retries."""
    assert library.settings.storage_emulator_host is not None
    with fault_proxy(library.settings.storage_emulator_host) as running:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", running.url)
        monkeypatch.setenv("GCS_MAX_RETRIES", "1")
        monkeypatch.setenv("GCS_RETRY_BASE_DELAY", "0.01")
        yield running


def forward_after(action: Callable[[], object]) -> Callable[[Any, Request], None]:
    """Return an action that calls `action` before it forwards the request."""

    def act(handler: Any, request: Request) -> None:
        action()
        forward(handler, request)

    return act


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda path: path.touch(), "b.mp4 is empty (0 bytes)"),
        (lambda path: path.write_bytes(os.urandom(100_000)), "b.mp4 is not a readable media file"),
        (lambda path: truncate(make_video(path)), "b.mp4 is "),
        (make_audio, "b.mp4 has no video stream: audio only (mp3)"),
        (lambda path: make_audio(path, cover_art=True), "b.mp4 has no video stream: audio and cover art"),
        (make_picture, "b.mp4"),
        (lambda path: path.write_text("ffconcat version 1.0\nfile /etc/passwd\n"), "b.mp4"),
    ],
    ids=["empty", "random", "truncated", "audio only", "audio with cover art", "picture", "playlist"],
)
def test_file_without_video_fails(
    library: Library, capsys: pytest.CaptureFixture[str], make: Make, cause: str
) -> None:
    make_video(library.folder / "a.mp4")
    make(library.folder / "b.mp4")
    os.utime(library.folder / "b.mp4", (1, 1))  # recent files are taken last
    make_video(library.folder / "c.mp4")
    before = library.files()
    ran = migrate(capsys, "--jobs", "1")
    assert ran.code == 1
    assert f"Migrating 2/3: b.mp4\n  ✗ Failed: {cause}" in ran.out
    assert "  Migrated: 2\n  Skipped: 0 (already in database)\n  Failed: 1\n" in ran.out
    reason, remedy = ran.err.splitlines()[-2:]
    assert reason.startswith(cause)
    assert remedy.startswith("  re")  # replace it with …, or remove it
    assert sorted(library.rows()) == ["a", "c"]
    assert sorted(library.objects()) == ["videos/a/a.mp4", "videos/c/c.mp4"]
    assert library.files() == before
    make_video(library.folder / "b.mp4")
    assert migrate(capsys).code == 0
    assert sorted(library.rows()) == ["a", "b", "c"]


def test_unusable_names_fail(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    make_video(library.folder / "line\nbreak.mp4")
    make_video(library.folder / os.fsdecode(b"caf\xe9.mp4"))
    ran = migrate(capsys)
    assert ran.code == 1
    assert "Migrating 2/3: caf\\udce9.mp4\n  ✗ Failed: the file name is not valid UTF-8\n" in ran.out
    assert "caf\\udce9.mp4: the file name is not valid UTF-8\n  rename the file" in ran.err
    assert "Migrating 3/3: line\\nbreak.mp4\n  - ffprobe: " in ran.out
    assert {row["relative_path"] for row in library.rows().values()} == {"a.mp4", "line\nbreak.mp4"}
    assert not any("\n" in name for name in library.objects())
    assert migrate(capsys, "--json").code == 1


def run_with_file_permissions(*arguments: str) -> CommandResult:
    """Run the command subject to file permissions; root drops the capabilities that bypass them."""
    command: list[str] = [*MODULE, *arguments]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root bypasses file permissions, and setpriv is not installed")
        command = [setpriv, "--bounding-set=-dac_override,-dac_read_search", *command]
    ended = subprocess.run(
        command, cwd=BACKEND_DIR, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    return CommandResult(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.slow
def test_unreadable_file_does_not_stop_the_others(library: Library) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        make_video(library.folder / name)
    (library.folder / "b.mp4").chmod(0)
    ran = run_with_file_permissions()
    assert ran.code == 1
    assert "b.mp4 cannot be read: Permission denied" in ran.out
    assert sorted(library.rows()) == ["a", "c"]
    (library.folder / "b.mp4").chmod(0o600)
    assert run_with_file_permissions().code == 0
    assert sorted(library.rows()) == ["a", "b", "c"]


@pytest.mark.slow
def test_unreadable_directory_is_a_configuration_error(library: Library) -> None:
    library.folder.chmod(0)
    try:
        ran = run_with_file_permissions()
    finally:
        library.folder.chmod(0o700)
    assert ran.code == 3
    assert "cannot be read: permission denied" in ran.err


# Files that change during the run. The proxy makes the change before it forwards the first upload.


def test_file_removed_during_the_run_fails(
    library: Library, capsys: pytest.CaptureFixture[str], proxy: FaultProxy
) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        make_video(library.folder / name)
    proxy.when(lambda request: request.uploads, forward_after((library.folder / "b.mp4").unlink))
    ran = migrate(capsys, "--jobs", "1")
    assert ran.code == 1
    assert "Migrating 2/3: b.mp4\n  ✗ Failed: " in ran.out
    assert "b.mp4 no longer exists" in ran.out
    assert sorted(library.rows()) == ["a", "c"]


def test_file_replaced_by_a_pipe_does_not_block(
    library: Library, capsys: pytest.CaptureFixture[str], proxy: FaultProxy
) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_video(library.folder / name)

    def replace() -> None:
        (library.folder / "b.mp4").unlink()
        os.mkfifo(library.folder / "b.mp4")

    proxy.when(lambda request: request.uploads, forward_after(replace))
    ran = migrate(capsys, "--jobs", "1")
    assert ran.code == 1
    assert "b.mp4 is not a regular file" in ran.out


@pytest.mark.parametrize("change", ["append", "shrink", "replace", "unlink"])
def test_file_changed_during_upload_is_not_registered(
    library: Library, capsys: pytest.CaptureFixture[str], proxy: FaultProxy, change: str
) -> None:
    path = make_video(library.folder / "a.mp4")
    make_video(library.folder / "b.mp4")

    def act() -> None:
        if change == "append":
            with path.open("ab") as file:
                file.write(b"more")
        elif change == "shrink":
            os.truncate(path, path.stat().st_size // 2)
        elif change == "replace":
            make_video(path.with_name(".new.mp4"), seconds=2).replace(path)
        else:
            path.unlink()

    proxy.when(lambda request: request.uploads, forward_after(act))
    ran = migrate(capsys, "--jobs", "1")
    if change in {"append", "shrink"}:
        assert ran.code == 0
        assert "Migrating 1/2: a.mp4\n" in ran.out
        assert "  - Left for the next run (still being written)\n" in ran.out
        assert ran.out.endswith(
            "  Total: 1 videos\n  Migrated: 1\n  Skipped: 0 (already in database)\n"
            "  Failed: 0\n  Left for the next run: 1\n"
        )
    else:
        assert ran.code == 1
        cause = "no longer exists" if change == "unlink" else "changed while it was read"
        assert f"  ✗ Failed: a.mp4 {cause}\n" in ran.out
    assert sorted(library.rows()) == ["b"]
    assert list(library.objects()) == ["videos/b/b.mp4"]
    make_video(path, seconds=3)
    assert migrate(capsys).code == 0
    assert library.download("videos/a/a.mp4") == path.read_bytes()
    assert migrate(capsys, "--verify").code == 0


# Servers that fail during the run


@pytest.mark.parametrize(("code", "cause"), [(403, "403 Forbidden"), (503, "returned 503")])
def test_rejected_upload_fails_only_its_file(
    library: Library, capsys: pytest.CaptureFixture[str], proxy: FaultProxy, code: int, cause: str
) -> None:
    make_video(library.folder / "a.mp4")
    make_video(library.folder / "b.mp4")
    proxy.when(lambda request: request.uploads, status(code, "no"), times=1 if code == 403 else 4)
    ran = migrate(capsys, "--jobs", "1")
    assert ran.code == 1
    assert cause in ran.out
    assert sorted(library.rows()) == ["b"]
    assert migrate(capsys).code == 0
    assert sorted(library.rows()) == ["a", "b"]


def test_database_failure_causes_no_second_upload(
    library: Library, capsys: pytest.CaptureFixture[str], proxy: FaultProxy, stack: SharedStack
) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        make_video(library.folder / name)
    database = make_url(library.settings.database_url).database

    def allow(*, connections: bool) -> None:
        with psycopg.connect(stack.admin_url(), autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS {connections}".encode())
            if not connections:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
                )

    proxy.when(lambda request: request.uploads, forward_after(lambda: allow(connections=False)))
    ran = migrate(capsys, "--jobs", "1")
    assert ran.code == 1
    assert ran.out.count("  ✗ Failed: database unavailable") == 3
    assert "  Failed: 3\n" in ran.out
    allow(connections=True)
    assert not library.rows()
    sent = library.objects()
    assert "videos/a/a.mp4" in sent
    again = migrate(capsys)
    assert again.code == 0
    assert f"gs://{library.bucket}/videos/a/a.mp4 (already there)" in again.out
    assert sorted(library.rows()) == ["a", "b", "c"]
    after = library.objects()
    assert {name: after[name] for name in sent} == sent

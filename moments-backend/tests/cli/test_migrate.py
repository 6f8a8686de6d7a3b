"""A default run: its output line by line, and the resulting rows and objects."""

import hashlib
import re
import subprocess
import sys
import unicodedata
from base64 import b64encode
from itertools import pairwise

import pytest

from app.core.config import BACKEND_DIR
from tests.fixtures.library import MODULE, Library, migrate, start
from tests.fixtures.media import make_video

SCRIPT = "scripts/migrate_videos_to_cloud.py"


def test_output_has_the_documented_lines(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "motivation.mp4", seconds=1.5, fps=30)
    make_video(library.folder / "silent.MKV", audio=False)
    ran = migrate(capsys, "--jobs", "1")
    assert (ran.code, ran.err) == (0, "")
    rows = library.rows()
    with_audio, silent = (rows[name]["file_size_kb"] / 1000 for name in ("motivation", "silent"))
    assert ran.steady.splitlines() == [
        "Starting video migration...",
        f"Found 2 video files in {library.folder}/",
        "",
        "Migrating 1/2: motivation.mp4",
        f"  - ffprobe: 1.5s, h264/aac, 320x180, 30.0fps, {with_audio:.1f} MB",
        f"  - GCS upload: gs://{library.bucket}/videos/motivation/motivation.mp4 (_s)",
        "  - Database: inserted id=1, identifier=motivation",
        "  ✓ Done",
        "",
        "Migrating 2/2: silent.MKV",
        f"  - ffprobe: 1.0s, hevc/-, 320x180, 25.0fps, {silent:.1f} MB",
        f"  - GCS upload: gs://{library.bucket}/videos/silent/silent.MKV (_s)",
        "  - Database: inserted id=2, identifier=silent",
        "  ✓ Done",
        "",
        "Migration complete:",
        "  Total: 2 videos",
        "  Migrated: 2",
        "  Skipped: 0 (already in database)",
        "  Failed: 0",
    ]
    assert ran.out.endswith("\n")


def test_rows_and_objects_match_the_files(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(library.folder / "talk.webm")
    before = library.files()
    migrate(capsys)
    row = library.rows()["talk"]
    assert row["cloud_url"] == f"gs://{library.bucket}/videos/talk/talk.webm"
    assert row["file_size_kb"] == path.stat().st_size // 1024
    assert (row["video_codec"], row["audio_codec"]) == ("vp9", "opus")
    assert (row["resolution"], row["frame_rate"]) == ("320x180", 25.0)
    assert row["duration_seconds"] == pytest.approx(1.0, abs=0.1)
    assert (row["title"], row["source_url"]) == (None, None)
    stored = library.objects()["videos/talk/talk.webm"]
    assert stored.content_type == "video/webm"
    assert stored.md5 == b64encode(hashlib.md5(path.read_bytes()).digest()).decode()
    assert library.files() == before


@pytest.mark.slow
def test_second_run_sends_no_request_to_the_bucket(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(library.folder / "a.mp4")
    make_video(library.folder / "b.mp4")
    migrate(capsys)
    before = library.snapshot()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")  # no server on this port
    ran = output_of_a_process()
    assert ran.splitlines() == [
        "Starting video migration...",
        f"Found 2 video files in {library.folder}/",
        "",
        "Migrating 1/2: a.mp4",
        "  - Skipped (already in database)",
        "",
        "Migrating 2/2: b.mp4",
        "  - Skipped (already in database)",
        "",
        "Migration complete:",
        "  Total: 2 videos",
        "  Migrated: 0",
        "  Skipped: 2 (already in database)",
        "  Failed: 0",
    ]
    assert library.snapshot() == before


def output_of_a_process() -> str:
    """Return the output of a run in its own process, which must succeed."""
    return subprocess.run(
        MODULE, cwd=BACKEND_DIR, check=True, capture_output=True, encoding="utf-8", timeout=60
    ).stdout


@pytest.mark.slow
def test_run_without_new_files_skips_the_gcs_client(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(library.folder / "a.mp4")
    migrate(capsys)
    code = (
        "import sys; from cli.migrate_run import run; code = run('migrate', 4, None, as_json=True); "
        "sys.exit(code or 'google.cloud' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=BACKEND_DIR, check=True, capture_output=True, timeout=60)


def test_existing_object_is_not_sent_again(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    migrate(capsys)
    generation = library.objects()["videos/a/a.mp4"].generation
    library.execute("DELETE FROM videos")
    ran = migrate(capsys)
    assert f"  - GCS upload: gs://{library.bucket}/videos/a/a.mp4 (already there)\n" in ran.out
    assert "  - Database: inserted id=2, identifier=a\n" in ran.out
    assert library.objects()["videos/a/a.mp4"].generation == generation


def test_empty_directory_succeeds(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    ran = migrate(capsys)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Starting video migration...",
        f"Found 0 video files in {library.folder}/",
        "",
        "Migration complete:",
        "  Total: 0 videos",
        "  Migrated: 0",
        "  Skipped: 0 (already in database)",
        "  Failed: 0",
    ]


@pytest.mark.slow
def test_output_is_ordered_with_several_jobs(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    endings = ("mp4", "mov", "mkv", "webm", "avi", "m4v")
    names = sorted(f"video-{number:02}.{endings[number % 6]}" for number in range(14))
    for number, name in enumerate(names):
        make_video(library.folder / name, seconds=1 + number % 2)
    ran = migrate(capsys, "--jobs", "8")
    assert ran.code == 0
    _, *blocks, summary = ran.steady.strip().split("\n\n")
    assert len(blocks) == 14
    for number, (name, block) in enumerate(zip(names, blocks, strict=True), start=1):
        stem = name.partition(".")[0]
        heading, probed, uploaded, registered, end = block.splitlines()
        assert heading == f"Migrating {number}/14: {name}"
        assert re.fullmatch(r"  - ffprobe: [12]\.\ds, \w+/\w+, 320x180, 25\.0fps, \d\.\d MB", probed)
        assert uploaded == f"  - GCS upload: gs://{library.bucket}/videos/{stem}/{name} (_s)"
        assert re.fullmatch(rf"  - Database: inserted id=\d+, identifier={stem}", registered)
        assert end == "  ✓ Done"
    assert "  Migrated: 14" in summary.splitlines()
    codecs = {row["video_codec"] for row in library.rows().values()}
    assert codecs >= {"h264", "mjpeg", "hevc", "vp9", "mpeg4"}
    assert len(library.objects()) == 14


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4",
        "a#b?c%20d&e=f+g.mp4",
        "quotes'\"`$(x);|.mp4",
        "back\\slash.mp4",
        "-i.mp4",
        "concat:x.mp4",
        "%s{}.mp4",
        "日本語 – Überraschung 👩‍💻.mp4",
        "tab\there.mp4",
        f"{'x' * 196}.mp4",
        f"{'é' * 100}.mp4",
    ],
)
def test_names_survive_the_round_trip(
    library: Library, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content = make_video(library.folder / name).read_bytes()
    ran = migrate(capsys)
    assert ran.code == 0, ran.err
    stem = name.removesuffix(".mp4")
    assert library.rows()[stem]["cloud_url"] == f"gs://{library.bucket}/videos/{stem}/{name}"
    assert library.download(f"videos/{stem}/{name}") == content
    assert "  - Skipped (already in database)" in migrate(capsys).out
    assert migrate(capsys, "--verify").code == 0


def test_unicode_normal_forms_are_distinct_videos(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "café.mp4") for form in ("NFC", "NFD"))
    make_video(library.folder / composed, seconds=1)
    make_video(library.folder / decomposed, seconds=2)
    assert migrate(capsys).code == 0
    assert {row["cloud_url"].rpartition("/")[2] for row in library.rows().values()} == {composed, decomposed}
    for name in (composed, decomposed):
        stem = name.removesuffix(".mp4")
        assert library.download(f"videos/{stem}/{name}") == (library.folder / name).read_bytes()


def test_ignored_entries_are_listed_on_stderr(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    (library.folder / "notes.txt").touch()
    (library.folder / ".gitkeep").touch()
    (library.folder / "b.mp4").mkdir()
    (library.folder / "sub").mkdir()
    (library.folder / "sub" / "line\nbreak.mp4.part").touch()
    ran = migrate(capsys, "--no-recursive")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "Ignored: b.mp4 (a folder)",
        "Ignored: notes.txt (no video's file extension)",
        "Ignored: sub (a folder)",
    ]
    ran = migrate(capsys)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "Ignored: notes.txt (no video's file extension)",
        "Ignored: sub/line\\nbreak.mp4.part (an unfinished download)",
    ]
    assert "Found 1 video files" in ran.out
    assert "  Total: 1 videos" in ran.out


def test_videos_dir_is_printed_as_given(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = library.folder.parent / "other"
    other.mkdir()
    make_video(other / "a.mp4")
    monkeypatch.chdir(other.parent)
    assert "Found 1 video files in other/\n" in migrate(capsys, "--videos-dir", "other").out
    assert "Found 1 video files in other/\n" in migrate(capsys, "--videos-dir", "other/").out
    assert "a" in library.rows()


@pytest.mark.slow
@pytest.mark.parametrize("command", [MODULE, (sys.executable, SCRIPT), (sys.executable, "-P", SCRIPT)])
def test_script_and_module_start_the_migration(library: Library, command: tuple[str, ...]) -> None:
    make_video(library.folder / "a.mp4")
    ran = subprocess.run(
        command, cwd=BACKEND_DIR, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Starting video migration...\nFound 1 video files in ")
    assert "a" in library.rows()


@pytest.mark.slow
def test_script_runs_without_installed_project(library: Library) -> None:
    """`-I -S` remove the working directory and the installed project from the path."""
    make_video(library.folder / "a.mp4")
    site_packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    code = (
        f"import runpy, sys; sys.path.append({site_packages!r}); "
        f"runpy.run_path({str(BACKEND_DIR / SCRIPT)!r}, run_name='__main__')"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "a" in library.rows()


@pytest.mark.slow
def test_concurrent_runs_register_each_video_once(library: Library) -> None:
    for number in range(6):
        make_video(library.folder / f"{number}.mp4", seconds=1 + number % 2)
    runs = [start("--jobs", "3"), start("--jobs", "3")]
    outputs = [(process.communicate(timeout=60), process.returncode) for process in runs]
    for (out, err), code in outputs:
        assert code == 0, err
        assert "  Failed: 0\n" in out
        figures = {name: int(count) for name, count in re.findall(r"^  (\w+): (\d+)", out, re.MULTILINE)}
        assert figures["Total"] == figures["Migrated"] + figures["Skipped"] == 6
    inserted = [line for (out, _), _ in outputs for line in out.splitlines() if "inserted id=" in line]
    assert len(inserted) == len(set(inserted)) == len(library.rows()) == len(library.objects()) == 6


def test_video_registered_meanwhile_counts_as_skipped(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    """Let a trigger register the video just before this run does."""
    make_video(library.folder / "a.mp4")
    library.execute(
        """
        CREATE FUNCTION other_run() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF pg_trigger_depth() = 1 THEN
                INSERT INTO videos (identifier, cloud_url) VALUES (NEW.identifier, NEW.cloud_url);
            END IF;
            RETURN NEW;
        END $$
        """
    )
    library.execute("CREATE TRIGGER beaten BEFORE INSERT ON videos FOR EACH ROW EXECUTE FUNCTION other_run()")
    ran = migrate(capsys)
    assert ran.code == 0
    row = library.rows()["a"]
    assert f"  - Database: already registered id={row['id']}, identifier=a\n  ✓ Done\n" in ran.out
    assert "  Migrated: 0\n  Skipped: 1 (already in database)\n" in ran.out


def test_blank_lines_are_single(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    (library.folder / "b.mp4").touch()
    lines = migrate(capsys).out.splitlines()
    assert not any(one == other == "" for one, other in pairwise(lines))

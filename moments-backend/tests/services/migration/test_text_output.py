"""Text of videos and summaries, and the JSON document."""

import json
from typing import Any

import pytest

from app.core.exceptions import ExitCode
from app.core.terminal_text import escape_control_characters, escape_undecodable
from app.media.ffprobe import VideoMetadata
from app.services.migration.results import Mode, Outcome, Result, Status
from app.services.migration.text_output import (
    VideoOutput,
    describe_metadata,
    render_json,
    render_summary,
    render_video,
)


def metadata(**changes: Any) -> VideoMetadata:
    values: dict[str, Any] = {
        "duration_seconds": 120.5,
        "file_size_kb": 48831,
        "video_codec": "h264",
        "audio_codec": "aac",
        "resolution": "1920x1080",
        "frame_rate": 30.0,
    }
    return VideoMetadata(**(values | changes))


def outcome(status: Status, name: str = "a.mp4", **changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "filename": name,
        "identifier": name.rpartition(".")[0],
        "status": status,
        "cloud_url": f"gs://b/videos/a/{name}",
        "seconds": 1.25,
        "size": 10,
        "lines": ("  ✓ Done",),
    }
    return Outcome(**(values | changes))


def result(
    *statuses: Status, mode: Mode = Mode.MIGRATE, planned: int = 0, interrupted: bool = False
) -> Result:
    outcomes = [outcome(status) for status in statuses]
    return Result.of(mode, outcomes, planned=planned or len(outcomes), interrupted=interrupted)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "120.5s, h264/aac, 1920x1080, 30.0fps, 48.8 MB"),
        (
            {"duration_seconds": None, "audio_codec": None, "resolution": None, "frame_rate": None,
             "file_size_kb": 240},
            "-, h264/-, -, -, 0.2 MB",
        ),
        ({"frame_rate": 30000 / 1001, "duration_seconds": 0.04, "file_size_kb": 0},
         "0.0s, h264/aac, 1920x1080, 30.0fps, 0.0 MB"),
        ({"duration_seconds": 36000.0, "file_size_kb": 5 * 1024 * 1024},
         "36000.0s, h264/aac, 1920x1080, 30.0fps, 5242.9 MB"),
    ],
)  # fmt: skip
def test_metadata_has_the_documented_format(changes: dict[str, Any], text: str) -> None:
    assert describe_metadata(metadata(**changes)) == text


def test_video_output_has_the_documented_format() -> None:
    output = VideoOutput()
    output.add_probe(metadata())
    output.add_upload("gs://b/videos/motivation/motivation.mp4", "12.3s")
    output.add_step("Database: inserted id=1, identifier=motivation")
    output.set_done(Mode.MIGRATE)
    whole = outcome(Status.MIGRATED, "motivation.mp4", lines=tuple(output.lines))
    assert render_video(Mode.MIGRATE, 1, 9, whole).splitlines() == [
        "Migrating 1/9: motivation.mp4",
        "  - ffprobe: 120.5s, h264/aac, 1920x1080, 30.0fps, 48.8 MB",
        "  - GCS upload: gs://b/videos/motivation/motivation.mp4 (12.3s)",
        "  - Database: inserted id=1, identifier=motivation",
        "  ✓ Done",
    ]


def test_file_name_cannot_inject_lines() -> None:
    malicious = outcome(Status.FAILED, "a\n  ✓ Done\x1b[2J\u2028.mp4", lines=("  ✗ Failed: a\rb",))
    assert render_video(Mode.MIGRATE, 1, 1, malicious).splitlines() == [
        "Migrating 1/1: a\\n  ✓ Done\\x1b[2J\\u2028.mp4",
        "  ✗ Failed: a\\rb",
    ]


def test_only_control_characters_are_escaped() -> None:
    assert (
        escape_control_characters("Übergröße – 日本語 👩‍💻 e\u0301\u00a0x")
        == "Übergröße – 日本語 👩‍💻 e\u0301\u00a0x"
    )
    assert escape_control_characters("שלום \u202eabc") == "שלום \\u202eabc"
    assert escape_control_characters("caf\udce9\x7f\t") == "caf\\udce9\\x7f\\t"
    assert escape_undecodable("caf\udce9\n") == "caf\\udce9\n"


def test_summary_has_the_documented_format() -> None:
    whole = result(Status.MIGRATED, Status.MIGRATED, Status.SKIPPED, Status.FAILED)
    assert render_summary(whole).splitlines() == [
        "Migration complete:",
        "  Total: 4 videos",
        "  Migrated: 2",
        "  Skipped: 1 (already in database)",
        "  Failed: 1",
    ]
    assert whole.exit_code is ExitCode.SOME_FAILED


def test_summary_of_a_dry_run() -> None:
    assert render_summary(result(Status.MIGRATED, mode=Mode.DRY_RUN)).splitlines() == [
        "Dry run complete:",
        "  Total: 1 videos",
        "  Would be migrated: 1",
        "  Would be skipped: 0 (already in database)",
        "  Would fail: 0",
    ]


def test_summary_of_a_verification() -> None:
    whole = result(Status.SKIPPED, Status.FAILED, mode=Mode.VERIFY)
    assert render_summary(whole).splitlines() == [
        "Verification complete:",
        "  Total: 2 videos",
        "  Match: 1",
        "  Mismatch: 1",
    ]
    assert whole.exit_code is ExitCode.MISMATCH


def test_summary_of_an_interrupted_run() -> None:
    whole = result(Status.MIGRATED, Status.INTERRUPTED, planned=9, interrupted=True)
    assert render_summary(whole).splitlines() == [
        "Migration interrupted:",
        "  Total: 1 videos",
        "  Migrated: 1",
        "  Skipped: 0 (already in database)",
        "  Failed: 0",
        "  Left for the next run: 8",
    ]
    assert whole.exit_code is ExitCode.INTERRUPTED


def test_json_has_the_documented_fields() -> None:
    failed = outcome(Status.FAILED, "caf\udce9\t.mp4", cloud_url=None, size=None, reason="no UTF-8")
    whole = Result.of(Mode.MIGRATE, [outcome(Status.MIGRATED), failed], planned=2, interrupted=False)
    assert json.loads(render_json(whole)) == {
        "total": 2,
        "migrated": 1,
        "skipped": 0,
        "failed": 1,
        "videos": [
            {
                "filename": "a.mp4",
                "identifier": "a",
                "status": "migrated",
                "cloud_url": "gs://b/videos/a/a.mp4",
                "reason": None,
                "seconds": 1.25,
                "bytes": 10,
            },
            {
                "filename": "caf\\udce9\t.mp4",
                "identifier": "caf\\udce9\t",
                "status": "failed",
                "cloud_url": None,
                "reason": "no UTF-8",
                "seconds": 1.25,
                "bytes": None,
            },
        ],
    }  # fmt: skip

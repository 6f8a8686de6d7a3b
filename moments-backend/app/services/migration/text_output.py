"""Console output of a migration: the lines of each video, the summary and the JSON document."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.core.terminal_text import escape_control_characters, escape_undecodable
from app.repositories.video_identity_repository import VideoIdentity
from app.services.migration.results import Mode, Outcome, Result, Status

if TYPE_CHECKING:
    from app.media.ffprobe import VideoMetadata

MISSING = "-"
KB_PER_MB = 1000
"""The documented format divides `file_size_kb`, in units of 1024 bytes, by 1000."""

STOPPED = "✗ Stopped before it was registered"
ALREADY_IN_DATABASE = "already in database"
IN_TRASH = "in the trash; restore it in the app, or with: videomoments trash restore"
STILL_WRITTEN = "still being written"


@dataclass(frozen=True, slots=True)
class ModeTexts:
    """Texts of a mode; `counts` are the summary lines for migrated, skipped and failed videos."""

    opening: str = "Starting video migration..."
    heading: str = "Migrating"
    done: str = "✓ Done"
    failed: str = "✗ Failed"
    title: str = "Migration"
    counts: tuple[str | None, str, str] = (
        "Migrated: {}",
        f"Skipped: {{}} ({ALREADY_IN_DATABASE})",
        "Failed: {}",
    )


TEXTS = {
    Mode.MIGRATE: ModeTexts(),
    Mode.REPAIR: ModeTexts(),
    Mode.DRY_RUN: ModeTexts(
        done="✓ Would be done",
        failed="✗ Would fail",
        title="Dry run",
        counts=(
            "Would be migrated: {}",
            f"Would be skipped: {{}} ({ALREADY_IN_DATABASE})",
            "Would fail: {}",
        ),
    ),
    Mode.VERIFY: ModeTexts(
        "Starting video verification...",
        "Verifying",
        "✓ Match",
        "✗ Mismatch",
        "Verification",
        (None, "Match: {}", "Mismatch: {}"),
    ),
}


@dataclass(slots=True)
class VideoOutput:
    """Collects the console output for one video.

    Attributes:
        cloud_url: the object's URL, also of one that would be created.
        reason: why the video was skipped or failed.
        remedy: how to resolve the failure.
        error_type: type of the error of a failure.
    """

    lines: list[str] = field(default_factory=list)
    cloud_url: str | None = None
    reason: str | None = None
    remedy: str | None = None
    error_type: str | None = None

    def add_step(self, text: str) -> None:
        self.lines.append(f"  - {text}")

    def set_final_line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def set_done(self, mode: Mode) -> None:
        self.set_final_line(TEXTS[mode].done)

    def add_probe(self, metadata: "VideoMetadata") -> None:
        self.add_step(f"ffprobe: {describe_metadata(metadata)}")

    def add_upload(self, cloud_url: str, note: str) -> None:
        """Add the upload step; `note` follows the URL in parentheses."""
        self.cloud_url = cloud_url
        self.add_step(f"GCS upload: {cloud_url} ({note})")

    def set_skipped(self, mode: Mode, row: VideoIdentity | None = None) -> None:
        """Add the line of a registered video, which may be in the trash."""
        verb = "Would be skipped" if mode is Mode.DRY_RUN else "Skipped"
        self.reason = IN_TRASH if row is not None and row.is_deleted else ALREADY_IN_DATABASE
        self.add_step(f"{verb} ({self.reason})")

    def set_left(self) -> None:
        self.add_step(f"Left for the next run ({STILL_WRITTEN})")
        self.reason = STILL_WRITTEN


def render_video(mode: Mode, index: int, total: int, outcome: Outcome) -> str:
    """Return the lines of one video, without the blank line after it."""
    heading = f"{TEXTS[mode].heading} {index}/{total}: {outcome.filename}"
    return "\n".join(map(escape_control_characters, (heading, *outcome.lines)))


def render_summary(result: Result) -> str:
    """Return the counts of a run; `Total` is their sum, also after an interruption."""
    ending = "interrupted" if result.interrupted else "complete"
    texts = TEXTS[result.mode]
    lines = [f"{texts.title} {ending}:", f"  Total: {result.total} videos"]
    for status, template in zip((Status.MIGRATED, Status.SKIPPED, Status.FAILED), texts.counts, strict=True):
        if template is not None:
            lines.append(f"  {template.format(result.count(status))}")
    if result.left or (result.interrupted and result.left is not None):
        lines.append(f"  Left for the next run: {result.left}")
    return "\n".join(lines)


def render_json(result: Result) -> str:
    """Return the counts and the outcome of every video as JSON."""
    return json.dumps(
        {
            "total": result.total,
            "migrated": result.count(Status.MIGRATED),
            "skipped": result.count(Status.SKIPPED),
            "failed": result.count(Status.FAILED),
            "videos": [_entry(outcome) for outcome in result.outcomes],
        },
        ensure_ascii=False,
        indent=2,
    )


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "filename": escape_undecodable(outcome.filename),
        "identifier": escape_undecodable(outcome.identifier),
        "status": outcome.status,
        "cloud_url": outcome.cloud_url,
        "reason": None if outcome.reason is None else escape_undecodable(outcome.reason),
        "seconds": round(outcome.seconds, 3),
        "bytes": outcome.size,
    }


def describe_metadata(metadata: "VideoMetadata") -> str:
    """Return `120.5s, h264/aac, 1920x1080, 30.0fps, 48.8 MB`, with a dash for a missing value."""
    return ", ".join(
        (
            _with_unit(metadata.duration_seconds, "s"),
            f"{metadata.video_codec}/{metadata.audio_codec or MISSING}",
            metadata.resolution or MISSING,
            _with_unit(metadata.frame_rate, "fps"),
            format_megabytes(metadata.file_size_kb),
        )
    )


def format_megabytes(size_kb: int) -> str:
    return f"{size_kb / KB_PER_MB:.1f} MB"


def format_seconds(value: float) -> str:
    return f"{value:.1f}s"


def _with_unit(value: float | None, unit: str) -> str:
    return MISSING if value is None else f"{value:.1f}{unit}"

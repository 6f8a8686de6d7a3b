"""The words of one video's block, as the specification shows them under "Running the Script"."""

from dataclasses import dataclass, field

from app.core.terminal_text import escape_control_characters
from app.media.ffprobe import VideoMetadata
from app.services.migration.results import Mode, Outcome

MISSING = "-"
KB_PER_MB = 1000
"""The figures shown are `file_size_kb` (of 1024 bytes) by a thousand, as the specification counts."""

HEADINGS = {
    Mode.MIGRATE: "Migrating",
    Mode.DRY_RUN: "Migrating",
    Mode.VERIFY: "Verifying",
    Mode.REPAIR: "Migrating",
}
DONE = {
    Mode.MIGRATE: "✓ Done",
    Mode.DRY_RUN: "✓ Would be done",
    Mode.VERIFY: "✓ Match",
    Mode.REPAIR: "✓ Done",
}
FAILED = {
    Mode.MIGRATE: "✗ Failed",
    Mode.DRY_RUN: "✗ Would fail",
    Mode.VERIFY: "✗ Mismatch",
    Mode.REPAIR: "✗ Failed",
}
STOPPED = "✗ Stopped before it was registered"
ALREADY_IN_DATABASE = "already in database"


@dataclass(slots=True)
class VideoOutput:
    """What is said of one video, as it comes to pass.

    `cloud_url` is where the video is, or would be; `reason` why nothing was done, `remedy` what helps.
    """

    lines: list[str] = field(default_factory=list)
    cloud_url: str | None = None
    reason: str | None = None
    remedy: str | None = None

    def add_step(self, text: str) -> None:
        self.lines.append(f"  - {text}")

    def set_final_line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def set_done(self, mode: Mode) -> None:
        self.set_final_line(DONE[mode])

    def add_probe(self, metadata: VideoMetadata) -> None:
        self.add_step(f"ffprobe: {describe_metadata(metadata)}")

    def add_upload(self, cloud_url: str, note: str) -> None:
        """`note`: what stands in brackets behind the address."""
        self.cloud_url = cloud_url
        self.add_step(f"GCS upload: {cloud_url} ({note})")

    def set_skipped(self, mode: Mode) -> None:
        verb = "Would be skipped" if mode is Mode.DRY_RUN else "Skipped"
        self.add_step(f"{verb} ({ALREADY_IN_DATABASE})")
        self.reason = ALREADY_IN_DATABASE


def render(mode: Mode, index: int, total: int, outcome: Outcome) -> str:
    """The whole block; the blank line behind it belongs to whoever prints."""
    heading = f"{HEADINGS[mode]} {index}/{total}: {outcome.filename}"
    return "\n".join(map(escape_control_characters, (heading, *outcome.lines)))


def describe_metadata(metadata: VideoMetadata) -> str:
    """`120.5s, h264/aac, 1920x1080, 30.0fps, 48.8 MB`; what is not known is a dash without its unit."""
    return ", ".join(
        (
            _with_unit(metadata.duration_seconds, "s"),
            f"{metadata.video_codec}/{metadata.audio_codec or MISSING}",
            metadata.resolution or MISSING,
            _with_unit(metadata.frame_rate, "fps"),
            megabytes(metadata.file_size_kb),
        )
    )


def megabytes(size_kb: int) -> str:
    return f"{size_kb / KB_PER_MB:.1f} MB"


def seconds(value: float) -> str:
    return f"{value:.1f}s"


def _with_unit(value: float | None, unit: str) -> str:
    return MISSING if value is None else f"{value:.1f}{unit}"

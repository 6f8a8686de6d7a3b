"""A whole run in words, and as a document."""

import json
from typing import Any

from app.core.terminal_text import escape_undecodable
from app.services.migration.results import Mode, Outcome, Result, Status
from app.services.migration.text_output import ALREADY_IN_DATABASE

OPENINGS = {
    Mode.MIGRATE: "Starting video migration...",
    Mode.DRY_RUN: "Starting video migration...",
    Mode.VERIFY: "Starting video verification...",
    Mode.REPAIR: "Starting video migration...",
}
TITLES = {
    Mode.MIGRATE: "Migration",
    Mode.DRY_RUN: "Dry run",
    Mode.VERIFY: "Verification",
    Mode.REPAIR: "Migration",
}
_AS_SPECIFIED = ("Migrated: {}", f"Skipped: {{}} ({ALREADY_IN_DATABASE})", "Failed: {}")
COUNTS = {
    Mode.MIGRATE: _AS_SPECIFIED,
    Mode.DRY_RUN: (
        "Would be migrated: {}",
        f"Would be skipped: {{}} ({ALREADY_IN_DATABASE})",
        "Would fail: {}",
    ),
    Mode.VERIFY: (None, "Match: {}", "Mismatch: {}"),
    Mode.REPAIR: _AS_SPECIFIED,
}
"""How each mode names what it migrated, skipped and failed, in that order."""


def summary(result: Result) -> str:
    """The figures. `Total` is their sum, also when the run ended early."""
    ending = "interrupted" if result.interrupted else "complete"
    lines = [f"{TITLES[result.mode]} {ending}:", f"  Total: {len(result.outcomes)} videos"]
    for status, words in zip(
        (Status.MIGRATED, Status.SKIPPED, Status.FAILED), COUNTS[result.mode], strict=True
    ):
        if words is not None:
            lines.append(f"  {words.format(result.count(status))}")
    if result.interrupted and result.left is not None:
        lines.append(f"  Left for the next run: {result.left}")
    return "\n".join(lines)


def document(result: Result) -> str:
    """The same as JSON, one object for the run and one for each video."""
    return json.dumps(
        {
            "total": len(result.outcomes),
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

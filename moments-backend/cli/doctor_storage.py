"""Execution of `videomoments doctor --storage`."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import ExitCode
from app.core.terminal_text import escape_control_characters
from app.services.consistency.application import Outcome, PlanApplication
from app.services.consistency.check import Options, Report, StorageCheck
from app.services.consistency.findings import REMEDIES, Finding
from app.services.consistency.plan import Plan, ensure_share, make_plan, read_plan, write_plan
from app.services.storage.gcs_uploader import GCSUploader
from cli.audit_record import open_database, record_change
from cli.output import print_json, print_stderr, print_stdout
from cli.status_line import StatusLine

EXAMPLES = 10
"""Findings of one kind that are printed; `--json` prints all."""
GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class StorageDoctor:
    """One comparison, or one application of a plan."""

    plan: Path | None
    apply: Path | None
    undo: Path | None
    max_share: float
    min_age: float
    checksums: bool
    as_json: bool

    async def run(self) -> ExitCode:
        """Return the exit code.

        Raises:
            InvalidPlanError, TooManyRemovalsError: the plan was not applied.
            StorageError, DatabaseError, ConfigurationError: bucket, table or disk cannot be used.
        """
        async with open_database() as settings:
            uploader = GCSUploader(settings)
            try:
                if self.apply is not None:
                    plan = read_plan(self.apply, settings)
                    ensure_share(plan, self.max_share)
                    return await self._change(plan, settings, uploader, undo=False)
                if self.undo is not None:
                    plan = read_plan(self.undo, settings, may_be_old=True)
                    return await self._change(plan, settings, uploader, undo=True)
                return await self._check(settings, uploader)
            finally:
                await uploader.close()

    async def _check(self, settings: Settings, uploader: GCSUploader) -> ExitCode:
        await uploader.check_access()
        with StatusLine() as line:
            options = Options(checksums=self.checksums, min_age=self.min_age)
            report = await StorageCheck(settings, uploader, options, line.show).run()
        plan = None
        if self.plan is not None:
            plan = make_plan(report, settings)
            write_plan(plan, self.plan)
        if self.as_json:
            written = {} if plan is None else {"plan": str(self.plan), "planned": len(plan.items)}
            print_json(report.as_json() | written)
        else:
            print_stdout(_describe(report))
            if plan is not None:
                print_stdout(self._describe_plan(plan))
        return ExitCode.OK if report.is_consistent else ExitCode.MISMATCH

    def _describe_plan(self, plan: Plan) -> str:
        size = sum(item.size for item in plan.items)
        return (
            f"\n{self.plan}: {len(plan.items):,} items, {size / GIGABYTE:.2f} GB."
            f" Apply it within 24 hours: videomoments doctor --storage --apply {self.plan}\n"
        )

    async def _change(self, plan: Plan, settings: Settings, uploader: GCSUploader, *, undo: bool) -> ExitCode:
        with StatusLine() as line:
            application = PlanApplication(
                settings, uploader, plan, lambda done, total: line.show(f"{done:,} of {total:,} items")
            )
            try:
                outcome = await (application.undo() if undo else application.apply())
            finally:
                outcome = application.outcome
                await record_change(
                    settings,
                    "storage.undo" if undo else "storage.apply",
                    "plan",
                    plan.id,
                    done=len(outcome.done),
                    skipped=len(outcome.skipped),
                    failed=len(outcome.failed),
                )
        if self.as_json:
            print_json({"plan": plan.id} | outcome.as_json())
        else:
            print_stdout(_describe_outcome(outcome, settings, undo=undo))
        for item, reason in outcome.failed:
            print_stderr(f"Error: {_printable(item.subject)}: {reason}")
        return ExitCode.SOME_FAILED if outcome.failed else ExitCode.OK


def _describe(report: Report) -> str:
    objects, size = report.totals.of_library()
    summary = (
        f"{report.rows:,} videos in the table, {objects:,} objects ({size / GIGABYTE:.2f} GB) in"
        f" gs://{report.bucket}, {report.files:,} local originals ({report.file_bytes / GIGABYTE:.2f} GB)"
    )
    lines = [summary]
    if report.is_consistent:
        lines.append("Table, bucket and disk agree.")
    for kind, group in groupby(report.findings, key=lambda finding: finding.kind):
        found = list(group)
        lines += ["", f"{kind.value}: {len(found):,}"]
        lines += [_line(finding) for finding in found[:EXAMPLES]]
        if len(found) > EXAMPLES:
            lines.append(f"  … and {len(found) - EXAMPLES:,} more (--json lists all)")
        remedies = dict.fromkeys(finding.remedy or REMEDIES[kind] for finding in found)
        lines += [f"  → {remedy}" for remedy in remedies]
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    kept = f" [kept: {finding.reason}]" if finding.reason else ""
    return f"  {_printable(finding.subject)}: {_printable(finding.cause)}{kept}"


def _describe_outcome(outcome: Outcome, settings: Settings, *, undo: bool) -> str:
    size = outcome.done_bytes / GIGABYTE
    result = "brought back" if undo else f"done; the trash keeps them for {settings.trash_days} days"
    lines = [f"{len(outcome.done):,} items ({size:.2f} GB) {result}"]
    for item, reason in outcome.skipped[:EXAMPLES]:
        lines += [f"  skipped {_printable(item.subject)}: {reason}"]
    if len(outcome.skipped) > EXAMPLES:
        lines.append(f"  … and {len(outcome.skipped) - EXAMPLES:,} more skipped (--json lists all)")
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    return escape_control_characters(text)

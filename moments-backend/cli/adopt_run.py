"""Execution of `videomoments adopt`."""

import asyncio
import sys

from app.core.terminal_text import escape_control_characters
from app.services.sidecars.adoption import Adoption
from app.services.sidecars.adoption_report import AdoptionReport, Problem
from app.services.storage.gcs_uploader import GCSUploader
from cli import output
from cli.audit_record import open_database, record_change
from cli.progress import refreshing

TERMINAL_SECONDS = 1.0
LINE_SECONDS = 10.0
MAX_OTHERS = 10
"""Names of objects without a video that are printed."""


def run(prefix: str, *, dry_run: bool, as_json: bool) -> int:
    """Adopt the videos below `prefix`; return the exit code."""
    output.force_utf8_streams()
    return asyncio.run(_run(prefix, dry_run=dry_run, as_json=as_json))


async def _run(prefix: str, *, dry_run: bool, as_json: bool) -> int:
    async with open_database() as settings:
        uploader = GCSUploader(settings)
        try:
            adoption = Adoption(settings, uploader, prefix, dry_run)
            seconds = TERMINAL_SECONDS if sys.stderr is not None and sys.stderr.isatty() else LINE_SECONDS
            async with refreshing(_Progress(adoption.report), seconds):
                report = await adoption.run()
        finally:
            await uploader.close()
        if not dry_run and (report.adopted or report.registered):
            await record_change(
                *(settings, "library.adopt", "folder", adoption.prefix),
                adopted=report.adopted,
                registered=len(report.registered),
                failed=len(report.failures),
            )
    if as_json:
        output.print_json(report.to_json(dry_run=dry_run))
    else:
        _print(report, dry_run=dry_run)
    return report.exit_code


class _Progress:
    """Prints `1200 of 10000 videos` while the adoption runs."""

    def __init__(self, report: AdoptionReport) -> None:
        self._report = report

    def draw(self) -> None:
        if self._report.videos:
            output.print_stderr(f"{self._report.done} of {self._report.videos} videos")

    def clear(self) -> None:
        """Do nothing: lines are not removed."""


def _print(report: AdoptionReport, *, dry_run: bool) -> None:
    for identifier, remark in report.remarks:
        output.print_stderr(f"{_shown(identifier)}: {_shown(remark)}")
    _print_problems("Differences", report.differences)
    _print_problems("Not adopted", report.failures)
    if report.others:
        names = ", ".join(map(_shown, report.others[:MAX_OTHERS]))
        more = f" and {len(report.others) - MAX_OTHERS} more" if len(report.others) > MAX_OTHERS else ""
        output.print_stderr(f"Objects that belong to no video: {names}{more}")
    would = "would be " if dry_run else ""
    lines = [f"{report.adopted} videos {would}adopted from their sidecars"]
    if report.registered:
        names = ", ".join(map(_shown, report.registered))
        lines.append(f"{len(report.registered)} videos without a sidecar {would}registered: {names}")
    if report.skipped:
        lines.append(f"{report.skipped} videos skipped: they are in the database")
    if report.failures:
        lines.append(f"{len(report.failures)} objects not adopted; see above")
    if report.adopted and not dry_run:
        lines.append("Workers now rebuild the search index; `videomoments reindex` does it at once.")
    output.print_stdout("".join(f"{line}\n" for line in lines))


def _print_problems(title: str, problems: list[Problem]) -> None:
    if problems:
        output.print_stderr(f"{title}:")
    for problem in problems:
        remedy = f". To solve it: {problem.error.remedy}" if problem.error.remedy else ""
        name = problem.identifier or problem.object_name or ""
        output.print_stderr(f"  {_shown(name)}: {_shown(problem.error.cause)}{remedy}")


def _shown(text: str) -> str:
    return escape_control_characters(text)

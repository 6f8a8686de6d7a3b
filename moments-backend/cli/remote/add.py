"""`videomoments add` on another machine: uploads, links and ids, followed until their runs end."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.concurrency import run_in_thread
from app.core.exceptions import ExitCode, VideoMomentsError
from app.core.terminal_text import escape_undecodable
from app.models.pipeline import RunOptions, RunState
from cli import output
from cli.errors import describe
from cli.remote.client import ApiClient
from cli.remote.server import Server
from cli.remote.upload import upload_file
from cli.runs.text import failure_lines, run_line, stage_label

POLL_SECONDS = 1.0
PERCENT_STEP = 10


def run(server: Server, sources: list[str], options: RunOptions, *, detach: bool, as_json: bool) -> int:
    """Add all sources, and return the exit code."""
    output.force_utf8_streams()
    documents = asyncio.run(_run(server, sources, options, detach=detach))
    if as_json:
        output.print_json({"runs": documents})
    is_done = all(document["status"] in {"completed", "queued"} for document in documents)
    return ExitCode.OK if is_done else ExitCode.SOME_FAILED


async def _run(
    server: Server, sources: list[str], options: RunOptions, *, detach: bool
) -> list[dict[str, Any]]:
    documents = []
    async with ApiClient(server) as api:
        for source in sources:
            document: dict[str, Any] = {
                "source": escape_undecodable(source),
                "video_id": None,
                "status": "failed",
            }
            documents.append(document)
            try:
                video_id = document["video_id"] = await _start(api, source, options)
                document["status"] = "queued"
                if not detach:
                    state = await _follow(api, video_id)
                    document |= {"status": state.status, "run": state.model_dump(mode="json")}
                    documents[-1] = document
            except VideoMomentsError as error:
                document["error"] = {"type": error.type, "detail": error.cause, "remedy": error.remedy}
                output.print_stderr(f"{document['source']}: {describe(error)}")
    return documents


async def _start(api: ApiClient, source: str, options: RunOptions) -> str:
    """Bring the source to the server and queue its run; return the id of the video."""
    body = options.model_dump(mode="json", exclude_unset=True)
    if "://" in source:
        created = await api.post("/api/generate_moments", body | {"video_url": source})
    else:
        body.pop("force_download", None)
        video_id = source
        if "/" in source or await run_in_thread(Path(source).exists):
            video_id = await _upload(api, Path(source))
        created = await api.post("/api/generate_moments", body | {"video_id": video_id})
    return str(created["video_id"])


async def _upload(api: ApiClient, path: Path) -> str:
    shown = -1

    def on_progress(done: int, total: int) -> None:
        nonlocal shown
        step = done * 100 // max(total, 1) // PERCENT_STEP
        if step > shown:
            shown = step
            output.print_stderr(f"{path.name}: {step * PERCENT_STEP} % uploaded")

    upload = await upload_file(api, path, on_progress)
    if upload.is_duplicate:
        output.print_stderr(f"{path.name}: already in the library as {upload.video_id!r}")
    return str(upload.video_id)


async def _follow(api: ApiClient, video_id: str) -> RunState:
    """Print each stage that begins, until the run ends."""
    last = ""
    while True:
        state = await api.read(RunState, f"/api/pipeline/{quote(video_id, safe='')}/status")
        active = [stage_label(name) for name, stage in state.stages.items() if stage.status == "processing"]
        if state.is_active and active and active[0] != last:
            last = active[0]
            output.print_stderr(f"{video_id}: {last}")
        if not state.is_active:
            output.print_stderr(run_line(state))
            for line in failure_lines(state):
                output.print_stderr(line)
            return state
        await asyncio.sleep(POLL_SECONDS)

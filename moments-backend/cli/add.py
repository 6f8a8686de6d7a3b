"""`videomoments add`: the options, and the help that teaches them."""

from typing import Annotated

import typer

from cli.generation_options import options_of

EPILOG = """
A file is copied into static/videos under its own name, unless it is there; another file of that name is
never touched. A link (https://, http://, gs://, or a page of a site such as YouTube) is fetched by the
worker. What was made before is used: a second call for the same video does only what is missing.

**Examples**

    videomoments add talk.mp4                        a file
    videomoments add https://example.com/talk.mp4    a link
    videomoments add *.mov --max-moments 3           many at once
    videomoments add talk                            a video that the library has already, by its id
    videomoments add talk.mp4 --detach               do not wait for the end
    videomoments add talk.mp4 --json > found.json

**Exit codes**

    0    every run is complete, or in the queue with --detach
    1    some failed; the cause and the remedy stand on stderr
    2    the command was called wrongly
    3    nothing could start: the servers are away
    130  Ctrl-C: nobody follows any more, and the runs go on

`videomoments status` shows the runs, `cancel` ends one, `retry` goes on with one that failed.
"""


def add(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, links, or ids of videos.")],
    *,
    min_length: Annotated[
        float | None, typer.Option("--min-length", help="Seconds of the shortest moment [15].")
    ] = None,
    max_length: Annotated[
        float | None, typer.Option("--max-length", help="Seconds of the longest moment [90].")
    ] = None,
    min_moments: Annotated[
        int | None, typer.Option("--min-moments", help="At least so many moments, where there are [1].")
    ] = None,
    max_moments: Annotated[
        int | None, typer.Option("--max-moments", help="At most so many moments [10].")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option("--prompt", help="What to look for, in words; only a chat model reads it.")
    ] = None,
    force_download: Annotated[
        bool, typer.Option("--force-download", help="Fetch links again, each as a new video.")
    ] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Make the moments anew, though the same were asked for.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Put the runs into the queue, and do not follow them.")
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout when all have ended.")
    ] = False,
) -> None:
    """Find the moments of videos: files and links, several at once.

    Each one is brought into the library, transcribed, searched for moments, and cut into clips by a worker
    (`make run` starts one). What happens is shown until all have ended.
    """
    if force_download and not any("://" in source for source in sources):
        raise typer.BadParameter("--force-download is for links, and none of the sources is one")
    # Help and usage errors need none of this.
    from app.models.pipeline import RunOptions  # noqa: PLC0415

    options = options_of(
        RunOptions,
        {
            "min_moment_length": min_length,
            "max_moment_length": max_length,
            "min_moments": min_moments,
            "max_moments": max_moments,
            "user_prompt": prompt,
            "force_download": force_download,
            "regenerate": regenerate,
        },
    )
    from cli.add_run import run  # noqa: PLC0415

    raise typer.Exit(run(list(dict.fromkeys(sources)), options, detach=detach, as_json=json_output))

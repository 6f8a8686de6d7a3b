"""`videomoments add`: options and help."""

from typing import Annotated

import typer

from cli.generation_options import (
    AudioStream,
    Language,
    MaxLength,
    MaxMoments,
    MinLength,
    MinMoments,
    VocabularyTerms,
    parse_options,
)
from cli.remote.server import selected
from cli.run_options import Detach, Json

EPILOG = """
Files are copied to static/videos under their own names; existing files are never overwritten. Links (https://,
http://, gs:// and pages of sites such as YouTube) are downloaded by the worker. Existing results are reused:
repeating the command creates only missing ones.

**Examples**

    videomoments add talk.mp4                        a file
    videomoments add https://example.com/talk.mp4    a link
    videomoments add *.mov --max-moments 3           several files
    videomoments add talk                            a video of the library, by its id
    videomoments add talk.mp4 --detach               do not wait for the result
    videomoments add talk.mp4 --json > found.json

**Exit codes**

    0    every run is complete, or queued with --detach
    1    some failed; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C: stopped following; the runs continue

See also: `videomoments status`, `cancel`, `retry`.
"""


def add(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, links, or ids of videos.")],
    *,
    min_length: MinLength = None,
    max_length: MaxLength = None,
    min_moments: MinMoments = None,
    max_moments: MaxMoments = None,
    prompt: Annotated[
        str | None, typer.Option("--prompt", help="Topic to look for; used by LLM engines only.")
    ] = None,
    audio_stream: AudioStream = None,
    language: Language = None,
    vocabulary: VocabularyTerms = None,
    force_download: Annotated[
        bool, typer.Option("--force-download", help="Download links again, each as a new video.")
    ] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Generate moments again, even with unchanged options.")
    ] = False,
    detach: Detach = False,
    json_output: Json = False,
) -> None:
    """Find the moments of videos: files, links or videos of the library.

    A worker (`make run` starts one) adds each video to the library, transcribes it, finds its moments and
    cuts them as clips. Progress is shown until all runs have ended.
    """
    if force_download and not any("://" in source for source in sources):
        raise typer.BadParameter("--force-download requires a link as SOURCE")
    # Not needed for help and usage errors.
    from app.models.pipeline import RunOptions  # noqa: PLC0415

    options = parse_options(
        RunOptions,
        {
            "min_moment_length": min_length,
            "max_moment_length": max_length,
            "min_moments": min_moments,
            "max_moments": max_moments,
            "user_prompt": prompt,
            "audio_stream": audio_stream,
            "language": language,
            "vocabulary": vocabulary or None,
            "force_download": force_download,
            "regenerate": regenerate,
        },
    )
    unique = list(dict.fromkeys(sources))
    if (server := selected()) is not None:
        from cli.remote import add as remote_add  # noqa: PLC0415

        raise typer.Exit(remote_add.run(server, unique, options, detach=detach, as_json=json_output))
    from cli.add_run import run  # noqa: PLC0415

    raise typer.Exit(run(unique, options, detach=detach, as_json=json_output))

"""`videomoments transcribe`: make transcripts without moments and clips."""

from typing import Annotated

import typer

from cli.generation_options import AudioStream, Language, VocabularyTerms, parse_options
from cli.run_options import Detach, Json

EPILOG = """
Captions beside the video (talk.srt, talk.en.vtt), subtitles in it and captions of its site are used if they
are in the spoken language; otherwise the speech is recognised. Corrections and imported transcripts are kept.
Moments and clips do not change until they are generated again.

**Examples**

    videomoments transcribe talk                       transcribe one video again
    videomoments transcribe talk --language de         the video is in German
    videomoments transcribe talk --vocabulary "Sydney Carton" --vocabulary Manette
    videomoments transcribe --all --detach             queue every video without a transcript

**Exit codes**

    0    all videos transcribed, or runs queued with --detach
    1    some failed; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C: stopped following; the runs continue

See also: `videomoments vocabulary`, `transcript`, `status`, `cancel`, `retry`.
"""


def transcribe(
    videos: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids of videos.")] = None,
    *,
    all_videos: Annotated[bool, typer.Option("--all", help="All videos without a transcript.")] = False,
    language: Language = None,
    vocabulary: VocabularyTerms = None,
    audio_stream: AudioStream = None,
    detach: Detach = False,
    json_output: Json = False,
) -> None:
    """Transcribe videos, without finding moments.

    A worker (`make run` starts one) transcribes them. Progress is shown until all runs have ended.
    """
    if bool(videos) == all_videos:
        raise typer.BadParameter("give either ids or --all")
    # Not needed for help and usage errors.
    from app.models.pipeline import RunOptions  # noqa: PLC0415

    options = parse_options(
        RunOptions, {"language": language, "vocabulary": vocabulary or None, "audio_stream": audio_stream}
    )
    from cli.transcribe_run import TranscribeCommand  # noqa: PLC0415

    command = TranscribeCommand(
        list(dict.fromkeys(videos or ())), options, detach=detach, as_json=json_output
    )
    raise typer.Exit(command.run())

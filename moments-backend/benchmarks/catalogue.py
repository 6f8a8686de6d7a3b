"""All benchmarks by name, in the order of the table."""

from collections.abc import Callable

from benchmarks.cases import (
    checksums,
    clip,
    exports,
    flags,
    list_memory,
    list_speed,
    migrate_big,
    migrate_many,
    moments,
    page,
    pipeline,
    playback,
    probe,
    scan,
    search,
    second_run,
    start,
    storage_ranges,
    storage_sparse,
    storage_video,
    storyboard,
    stream,
    transcription,
    web_page,
)
from benchmarks.measurement import Measurement
from benchmarks.workbench import Workbench

BENCHMARKS: dict[str, Callable[[Workbench], list[Measurement]]] = {
    "start": start.measure,
    "list": list_speed.measure,
    "list-memory": list_memory.measure,
    "page": page.measure,
    "flags": flags.measure,
    "web-page": web_page.measure,
    "stream": stream.measure,
    "probe": probe.measure,
    "migrate-many": migrate_many.measure,
    "migrate-big": migrate_big.measure,
    "second-run": second_run.measure,
    "scan": scan.measure,
    "storage-video": storage_video.measure,
    "storage-ranges": storage_ranges.measure,
    "storage-sparse": storage_sparse.measure,
    "checksums": checksums.measure,
    "search": search.measure,
    "moments": moments.measure,
    "transcription": transcription.measure,
    "clip": clip.measure,
    "exports": exports.measure,
    "playback": playback.measure,
    "storyboard": storyboard.measure,
    "pipeline": pipeline.measure,
}

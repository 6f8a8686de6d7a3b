"""Train the topic network on labelled talks and print its cross-validated figures.

    python -m scripts.train_topics meetings.jsonl.gz talks.jsonl.gz --cache DIR --output DIR

The format of the files is documented in docs/quality.md. The same files and seeds give the same weights on
the same machine.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
for _name in THREADS:  # before numpy is imported: the matrices are too small for more than one thread
    os.environ.setdefault(_name, "1")

from app.ai.embeddings.sentence_encoder import SentenceEncoder  # noqa: E402
from app.ai.moments.extractive.topic_network import WEIGHTS, load_weights, save_weights  # noqa: E402
from scripts.topics.data import PreparedTalk, prepare, project_talks  # noqa: E402
from scripts.topics.evaluation import (  # noqa: E402
    as_table,
    cross_validate,
    figures_of,
    network_boundaries,
    train_all,
)
from scripts.topics.training import Recipe  # noqa: E402

SEEDS = 2
SAMPLE = 3
"""Shortest talks of each file whose figures with the final weights are recorded for a test."""


def main() -> None:
    """Train, print the figures, and write the weights."""
    arguments = _arguments()
    encoder = SentenceEncoder()
    talks = [talk for file in arguments.data for talk in prepare(file, arguments.cache, encoder, _show)]
    recipe = Recipe(epochs=arguments.epochs) if arguments.epochs else Recipe()
    seeds = range(arguments.seed, arguments.seed + SEEDS)
    weights = _kind_weights(talks)
    started = time.perf_counter()
    figures = cross_validate(talks, seeds, recipe, weights.__getitem__, _show)
    print(as_table(figures))
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / WEIGHTS.name
    save_weights(file, train_all(talks, seeds, recipe, weights.__getitem__, _show))
    _show(f"trained in {time.perf_counter() - started:.0f} s")
    record = {
        "seeds": list(seeds),
        "recipe": asdict(recipe),
        "talks": {kind: sum(talk.kind == kind for talk in talks) for kind in weights},
        "cross_validation": figures,
        **_own_figures(talks, project_talks(arguments.cache, encoder), file),
    }
    file.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {file} ({file.stat().st_size / 1000:.0f} kB)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.train_topics", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="labelled talks; each file is one kind of talk")
    parser.add_argument("--cache", type=Path, required=True, help="directory for sentence vectors")
    parser.add_argument("--output", type=Path, default=WEIGHTS.parent, help="default: the application's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="fewer for a trial")
    return parser.parse_args()


def _kind_weights(talks: list[PreparedTalk]) -> dict[str, float]:
    """Return weights with which the marked topics of each kind count equally in the loss."""
    marked = {talk.kind: 0 for talk in talks}
    for talk in talks:
        marked[talk.kind] += len(talk.marked)
    most = max(marked.values())
    return {kind: (most / max(1, count)) ** 0.5 for kind, count in marked.items()}


def _own_figures(talks: list[PreparedTalk], project: list[PreparedTalk], file: Path) -> dict[str, object]:
    """Return the figures of the written weights on the shortest talks of each kind and on the project's."""
    networks = load_weights(file)
    sample = []
    for kind in dict.fromkeys(talk.kind for talk in talks):
        sample += sorted((talk for talk in talks if talk.kind == kind), key=lambda talk: talk.seconds)[
            :SAMPLE
        ]
    figures = figures_of(
        [*sample, *project], {"network": [network_boundaries(networks, talk) for talk in [*sample, *project]]}
    )
    return {
        "project": figures.pop("project"),
        "sample": {"talks": [talk.talk_id for talk in sample], "figures": figures},
    }


def _show(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

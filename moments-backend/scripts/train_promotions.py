"""Train the classifier of promotions on the project's marked talks and print its figures.

    python -m scripts.train_promotions meetings.jsonl.gz talks.jsonl.gz --cache DIR --output DIR

The files contain ordinary speech in the format of docs/quality.md; only their words are used. Held-out talks
are not read. The same files and seed give the same weights on the same machine.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
for _name in THREADS:  # before numpy is imported: more threads add in another order
    os.environ.setdefault(_name, "1")

from app.ai.embeddings.sentence_encoder import SentenceEncoder  # noqa: E402
from app.ai.moments.extractive.choice import analyse, choose  # noqa: E402
from app.ai.moments.extractive.promotion_classifier import (  # noqa: E402
    WEIGHTS,
    Weights,
    load_weights,
    log_odds,
    save_weights,
)
from app.ai.moments.extractive.promotions import (  # noqa: E402
    PromotionEstimate,
    estimate_from_odds,
    estimate_from_phrases,
)
from app.models.generation_options import GenerationOptions  # noqa: E402
from scripts.promotions.data import MEASURED, ExampleTalk, Talk, example_talks, ordinary_talks  # noqa: E402
from scripts.promotions.training import Recipe, train  # noqa: E402

ORDINARY_TALKS = 40
"""Number of talks per file."""

Estimate = Callable[[Talk], PromotionEstimate]


def main() -> None:
    """Train, print the figures, and write the weights."""
    arguments = _arguments()
    encoder = SentenceEncoder()
    recipe = Recipe(seed=arguments.seed)
    examples = example_talks(arguments.cache, encoder, _show)
    ordinary = ordinary_talks(arguments.data, ORDINARY_TALKS, arguments.cache, encoder, _show)
    measured = ordinary[::MEASURED]
    others = [talk for number, talk in enumerate(ordinary) if number % MEASURED]
    authors = list(dict.fromkeys(talk.author for talk in examples))
    without = {
        author: train([talk for talk in examples if talk.author != author], others, recipe)
        for author in authors
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / WEIGHTS.name
    save_weights(file, train(examples, others, recipe))
    weights = load_weights(file)
    record = {
        "recipe": asdict(recipe),
        "talks": {author: sum(talk.author == author for talk in examples) for author in authors},
        "ordinary_talks": {"training": len(others), "measured": len(measured)},
        "leave_one_author_out": figures(examples, lambda talk: _estimate(without[_author(talk)], talk)),
        "phrases": figures(examples, _phrases),
        "ordinary_words_excluded": {
            "classifier": _excluded(measured, lambda talk: _estimate(weights, talk)),
            "phrases": _excluded(measured, _phrases),
        },
    }
    text = json.dumps(record, indent=2)
    print(text)
    file.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")
    print(f"wrote {file} ({file.stat().st_size / 1000:.0f} kB)")


def figures(talks: Sequence[ExampleTalk], estimate: Estimate) -> dict[str, object]:
    """Return the moments of each author, and the share of unmarked words that are excluded."""
    counts: dict[str, list[int]] = {}
    plain = excluded = 0.0
    for talk in talks:
        found = estimate(talk)
        count = counts.setdefault(talk.author, [0, 0])
        analysis = analyse(talk.features, talk.marked.transcript, talk.topics, None, found)
        chosen, candidates = choose(analysis, GenerationOptions(), lambda: None)
        for index in chosen:
            start = talk.features.clip_starts[candidates.firsts[index]]
            end = talk.features.clip_ends[candidates.lasts[index]]
            count[0] += talk.marked.is_marked(float(start), float(end))
            count[1] += 1
        words = talk.words * ~talk.labels
        plain += words.sum()
        excluded += sum(words[item.first : item.last + 1].sum() for item in found.passages)
    promotional, moments = (sum(count[number] for count in counts.values()) for number in (0, 1))
    return {
        "promotional_and_all_moments": counts,
        "promotional_share": round(promotional / max(1, moments), 4),
        "unmarked_words_excluded": round(excluded / max(1.0, plain), 4),
    }


def _excluded(talks: Sequence[Talk], estimate: Estimate) -> float:
    """Return the share of the words in the middle of ordinary talks that are excluded."""
    plain = excluded = 0.0
    for talk in talks:
        words = talk.words.copy()
        words[: talk.middle.start] = words[talk.middle.stop :] = 0
        plain += words.sum()
        excluded += sum(words[item.first : item.last + 1].sum() for item in estimate(talk).passages)
    return round(excluded / max(1.0, plain), 4)


def _estimate(weights: Weights, talk: Talk) -> PromotionEstimate:
    return estimate_from_odds(talk.features, talk.evidence, log_odds(weights, talk.features, talk.evidence))


def _phrases(talk: Talk) -> PromotionEstimate:
    return estimate_from_phrases(talk.features, talk.evidence)


def _author(talk: Talk) -> str:
    return talk.author if isinstance(talk, ExampleTalk) else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.train_promotions", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="ordinary talks")
    parser.add_argument("--cache", type=Path, required=True, help="directory for sentence vectors")
    parser.add_argument("--output", type=Path, default=WEIGHTS.parent, help="default: the application's")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _show(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

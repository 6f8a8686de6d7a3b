"""Training of the topic network: gradients, reproducibility, and what it learns."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.ai.moments.extractive.topic_network import (
    WEIGHTS,
    Weights,
    load_weights,
    log_odds,
    save_weights,
    standardized,
)
from evaluation.subjects import SUBJECTS
from scripts.topics.data import PreparedTalk, folds, series
from scripts.topics.training import (
    Example,
    Parameters,
    Recipe,
    batch_of,
    initial,
    loss_and_gradients,
    smeared,
    train,
)
from scripts.train_topics import main

WITHOUT_DROPOUT = Recipe(dropout=0.0, vector_dropout=0.0)


def example(seed: int, count: int, *, every: int = 10) -> Example:
    """Return noise in which one feature and the vectors' first dimension announce every tenth sentence."""
    source = np.random.default_rng(seed)
    labels = np.zeros(count, np.float32)
    labels[every::every] = 1.0
    features = source.normal(size=(count, 4)).astype(np.float32)
    vectors = source.normal(size=(count, 12)).astype(np.float32)
    features[:, 0] += 2 * labels
    vectors[:, 0] += 2 * labels
    return Example(features, vectors, labels)


def test_gradients_are_those_of_the_loss() -> None:
    source = np.random.default_rng(0)
    batch = batch_of([example(1, 20), example(2, 33)])
    parameters: Parameters = {
        name: value.astype(np.float64)  # differences need the precision
        for name, value in initial(4, 12, source).items()
    }
    _, gradients = loss_and_gradients(parameters, batch, source, WITHOUT_DROPOUT)
    for name, value in parameters.items():
        index = tuple(source.integers(size) for size in value.shape)
        losses = []
        for step in (1e-5, -1e-5):
            changed = {**parameters, name: value.copy()}
            changed[name][index] += step
            losses.append(loss_and_gradients(changed, batch, source, WITHOUT_DROPOUT)[0])
        assert gradients[name][index] == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-3, abs=1e-8)


def test_training_and_inference_agree() -> None:
    """Talks in one batch do not affect each other, and the loss is that of the inference's log-odds."""
    source = np.random.default_rng(0)
    talks = [example(1, 20), example(2, 33)]
    parameters = initial(4, 12, source)
    loss, _ = loss_and_gradients(parameters, batch_of(talks), source, WITHOUT_DROPOUT)
    plain: Weights = {**parameters, "mean": np.zeros(4, np.float32), "deviation": np.ones(4, np.float32)}
    odds = np.concatenate([log_odds([plain], talk.features, talk.vectors) for talk in talks])
    labels = np.concatenate([talk.labels for talk in talks])
    assert loss == pytest.approx(float(np.mean(np.logaddexp(0, odds) - labels * odds)), rel=1e-5)


def test_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    talks = [example(seed, 60) for seed in range(4)]
    recipe = Recipe(epochs=2)
    for name in ("first.npz", "second.npz"):
        save_weights(tmp_path / name, [train(talks, seed=seed, recipe=recipe)[0] for seed in (3, 4)])
    first, second = ((tmp_path / name).read_bytes() for name in ("first.npz", "second.npz"))
    assert first == second
    save_weights(tmp_path / "other.npz", [train(talks, seed=5, recipe=recipe)[0]] * 2)
    assert (tmp_path / "other.npz").read_bytes() != first


def test_network_learns_and_survives_half_precision(tmp_path: Path) -> None:
    talks = [example(seed, 300) for seed in range(4)]
    network, losses = train(talks, seed=0, recipe=Recipe(epochs=20, rate=0.01))
    assert losses[-1] < 0.5 * losses[0]
    save_weights(tmp_path / "network.npz", [network])
    load_weights.cache_clear()
    loaded = load_weights(tmp_path / "network.npz")
    load_weights.cache_clear()
    unseen = example(99, 300)
    odds = log_odds(loaded, unseen.features, unseen.vectors)
    assert np.allclose(odds, log_odds([network], unseen.features, unseen.vectors), atol=0.1)
    marked = unseen.labels == 1
    assert np.median(odds[marked]) > np.quantile(odds[~marked], 0.9)


def test_labels_spread_to_neighbours() -> None:
    labels = np.array([0, 0, 0, 1, 0, 1, 0, 0], np.float32)
    assert smeared(labels, (1.0, 0.5, 0.2)).tolist() == pytest.approx([0, 0.2, 0.5, 1, 0.5, 1, 0.5, 0.2])
    assert smeared(labels, (1.0,)).tolist() == labels.tolist()


def test_outliers_are_limited() -> None:
    scale = {"mean": np.array([1.0], np.float32), "deviation": np.array([2.0], np.float32)}
    assert standardized(scale, np.array([[3.0], [1e9], [-1e9]], np.float32)).ravel().tolist() == [1, 5, -5]


@pytest.mark.parametrize(
    ("talk_id", "expected"),
    [
        ("ES2002a", "ES2002"),
        ("Bmr003", "Bmr"),
        ("covid_10", "covid"),
        ("podcast_2020-01-02-name", "podcast"),
        ("x", "x"),
    ],
)
def test_related_talks_form_a_series(talk_id: str, expected: str) -> None:
    assert series(talk_id) == expected


def prepared(kind: str, talk_id: str) -> PreparedTalk:
    none = np.zeros((0, 1), np.float32)
    return PreparedTalk(kind, talk_id, np.zeros(0), 0.0, (), [], none, none)


def test_folds_keep_series_together() -> None:
    talks = [prepared("meetings", f"ES20{number:02}{letter}") for number in range(10) for letter in "abcd"]
    talks += [prepared("talks", f"{name}_{number}") for number, name in enumerate("vwxyzvwxyz")]
    numbers = folds(talks, 5)
    for kind, size in (("meetings", 8), ("talks", 2)):
        mine = [number for talk, number in zip(talks, numbers, strict=True) if talk.kind == kind]
        assert [mine.count(fold) for fold in range(5)] == [size] * 5
    together = {
        (talk.kind, series(talk.talk_id), number) for talk, number in zip(talks, numbers, strict=True)
    }
    assert len(together) == 15


@pytest.mark.slow
def test_script_writes_weights_and_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [" ".join(text.split()) for text in SUBJECTS[:3]]
    line = {"words": " ".join(texts), "boundaries": [len(texts[0].split())]}
    data = tmp_path / "meetings.jsonl"
    data.write_text("\n".join(json.dumps({"id": f"m{n}_1", **line}) for n in range(5)))
    written = []
    for output in ("first", "second"):
        arguments = [
            str(data),
            "--cache",
            f"{tmp_path}/cache",
            "--output",
            f"{tmp_path}/{output}",
            "--epochs",
            "1",
        ]
        monkeypatch.setattr("sys.argv", ["train_topics", *arguments])
        main()
        written.append((tmp_path / output / WEIGHTS.name).read_bytes())
    assert written[0] == written[1]
    assert "| meetings | no boundaries | 0.000 |" in capsys.readouterr().out
    record = json.loads((tmp_path / "first" / "topic_network.json").read_text())
    assert record["talks"] == {"meetings": 5}
    assert record["sample"]["talks"] == ["m0_1", "m1_1", "m2_1"]
    methods = {"network", "change points", "evenly spread", "no boundaries"}
    assert set(record["cross_validation"]["meetings"]) == methods

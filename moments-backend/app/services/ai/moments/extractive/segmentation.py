"""Where the subject changes."""

from collections.abc import Sequence

import numpy as np
import ruptures

from app.services.ai.lines import Line
from app.services.ai.moments.extractive.embedding import Matrix

MIN_LINES = 3
PENALTY = 1.6


def topic_starts(lines: Sequence[Line], vectors: Matrix) -> list[int]:
    """The numbers of the lines with which a new subject begins; the first line is not among them."""
    if len(lines) < 2 * MIN_LINES:
        return []
    model = ruptures.KernelCPD(kernel="linear", min_size=MIN_LINES).fit(vectors.astype(np.float64))
    return [int(end) for end in model.predict(pen=PENALTY)[:-1]]

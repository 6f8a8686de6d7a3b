"""Word error rate: the edit distance between two texts in words, per word of the reference."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def split_words(text: str) -> list[str]:
    """Return the words in lower case, without punctuation; `’` counts as `'`."""
    folded = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    return _WORD.findall(folded)


def word_errors(spoken: str, transcribed: str) -> int:
    """Return the Levenshtein distance in words, without punctuation and case."""
    reference, hypothesis = split_words(spoken), split_words(transcribed)
    row = list(range(len(hypothesis) + 1))
    for number, word in enumerate(reference, start=1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(hypothesis, start=1):
            replaced = diagonal + (word != other)
            diagonal = row[column]
            row[column] = min(replaced, row[column] + 1, row[column - 1] + 1)
    return row[-1]

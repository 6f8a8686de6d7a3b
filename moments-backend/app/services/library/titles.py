"""Titles of videos without one.

The SQL function `natural_key` makes the sort key of a title from the identifier as well: it ignores case and
separators, which are all that `title_from` changes.
"""


def title_from(identifier: str) -> str:
    """Return `Bill Gates 2` for `bill-gates_2`, and `IMG 0002` for `IMG_0002`.

    Words with digits or capitals stay as they are.
    """
    return " ".join(map(_capitalised, identifier.replace("-", " ").replace("_", " ").split(" ")))


def _capitalised(word: str) -> str:
    is_plain = word.isalpha() and word.islower()  # the usual case; checking each character takes longer
    if not is_plain and any(character.isupper() or character.isdigit() for character in word):
        return word
    return word[:1].title() + word[1:]

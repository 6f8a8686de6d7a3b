"""Text that PostgreSQL and the file system can store."""

from typing import Annotated

from pydantic import AfterValidator


def ensure_storable(text: str) -> str:
    """Return `text` unchanged.

    Raises:
        ValueError: it contains NUL or an unpaired surrogate.
    """
    if "\0" in text:
        raise ValueError("must not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain unpaired surrogates") from None
    return text


NoNulStr = Annotated[str, AfterValidator(ensure_storable)]

"""Readable causes from the messages of yt-dlp."""

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^(ERROR: )?(\[[\w:.-]+\] ([\w.-]{1,100}: )?)?")
_REPEATED = re.compile(r"\s*\(caused by .*", re.DOTALL)
"""The exception that the message already quotes."""
_ADVICE = re.compile(
    r"[;.]?\s*(please report this issue|confirm you are on the latest version|use --\w+|see {1,2}https?://"
    r"|also see|for how to manually pass cookies|you might want to use).*",
    re.DOTALL | re.IGNORECASE,
)
"""Advice for the command line of yt-dlp, which users of this program do not see."""
_MAX_LENGTH = 500


def readable_cause(message: str) -> str:
    """Return what failed, without the site's extractor, the exception and advice on options of yt-dlp."""
    text = _COLOUR.sub("", message).strip()
    for pattern in (_PREFIX, _REPEATED, _ADVICE):
        shorter = pattern.sub("", text).strip()
        text = shorter or text
    return " ".join(text.split())[:_MAX_LENGTH].rstrip(" .;")

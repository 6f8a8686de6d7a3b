"""Causes that users read instead of the messages of yt-dlp."""

import pytest

from app.services.downloads.yt_dlp_messages import readable_cause

NOT_FOUND = (
    "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)"
)
PRIVATE = (
    "[youtube] dQw4w9WgXcQ: Private video. Sign in if you've been granted access to this video. Use"
    " --cookies-from-browser or --cookies for the authentication. See  https://example.org/wiki"
)
REPORT = (
    "\x1b[0;31mERROR:\x1b[0m [vimeo] 12: Unable to extract config; please report this issue on"
    " https://example.org/issues , filling out the template. Confirm you are on the latest version"
)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (NOT_FOUND, "Unable to download webpage: HTTP Error 404: Not Found"),
        (PRIVATE, "Private video. Sign in if you've been granted access to this video"),
        (REPORT, "Unable to extract config"),
        ("Unsupported URL: https://example.org/page", "Unsupported URL: https://example.org/page"),
        ("[youtube] see https://example.org", "see https://example.org"),
        ("", ""),
    ],
    ids=["exception", "private", "report", "plain", "only-advice", "empty"],
)
def test_cause_is_stated_once_and_readable(message: str, cause: str) -> None:
    assert readable_cause(message) == cause

"""Headers that every response carries, whichever part of the server writes it."""

NOSNIFF = "nosniff"
NO_CONTENT_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"
"""For responses that are not pages: a browser that shows one loads the file itself, and runs nothing.

https://www.w3.org/TR/CSP3/
"""

SECURITY_HEADERS = {
    "content-security-policy": NO_CONTENT_POLICY,
    "x-content-type-options": NOSNIFF,
    # Pages of other sites must not embed responses: sizes and lengths of media are readable that way.
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
}

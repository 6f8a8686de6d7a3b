from collections.abc import Sequence

from app.core.exceptions.base import VideoMomentsError


class UnknownHostError(VideoMomentsError):
    """The `Host` header names another server; see DNS rebinding in SECURITY.md."""

    type, title, status = "unknown-host", "Unknown host name", 421

    def __init__(self, host: str) -> None:
        super().__init__(
            f"this server does not serve the host {host!r}",
            remedy='add the name to ALLOWED_HOSTS, for example ALLOWED_HOSTS=["videos.example.org"]',
        )


class CrossSiteRequestError(VideoMomentsError):
    """A page of another site sent a request that changes data."""

    type, title, status = "cross-site-request", "Request from another site", 403

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"pages of {origin} may not change data here",
            remedy="add the origin to CORS_ORIGINS, or make the reverse proxy keep the Host header",
        )


class BodyTooLargeError(VideoMomentsError):
    type, title, status = "body-too-large", "Request body too large", 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request body exceeds {limit // 1024**2} MiB")


class UnsupportedBodyError(VideoMomentsError):
    type, title, status = "unsupported-media-type", "Unsupported media type", 415

    def __init__(self, media_type: str | None, *, supported: Sequence[str] = ("application/json",)) -> None:
        super().__init__(
            f"the request body has the type {media_type!r}" if media_type else "the request body has no type",
            remedy=f"send Content-Type: {' or '.join(supported)}",
        )

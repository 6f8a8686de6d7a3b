from app.core.exceptions.base import VideoMomentsError


class DownloadError(VideoMomentsError):
    type, title, status = "download", "Download failed", 422


class BlockedAddressError(DownloadError):
    """The URL leads into a private network; no request was sent."""

    type, title = "address-refused", "Blocked address"


class BucketNotAllowedError(DownloadError):
    """The object is not a source: our credentials may read it, but clients may not request it."""

    type, title = "bucket-not-allowed", "Bucket not allowed"


class SourceRejectedError(DownloadError):
    """The source answered with a permanent error such as 401, 403, 404 or 410."""

    type, title = "source-refused", "The source rejected the request"


class SourceUnavailableError(DownloadError):
    type, title, status, retryable = "source-unavailable", "Source unavailable", 503, True


class IncompleteDownloadError(DownloadError):
    type, title, status, retryable = "incomplete-download", "Incomplete download", 503, True


class TooLargeError(DownloadError):
    type, title = "too-large", "The video exceeds the size limit"


class SiteError(DownloadError):
    """yt-dlp failed; its own message is the cause."""

    type, title = "site", "The site's video could not be downloaded"

from app.core.exceptions.base import LimitReachedError, NotFoundError, VideoMomentsError


class ShareLinkNotFoundError(NotFoundError):
    """The link is wrong, revoked or expired, or its video was deleted; visitors cannot distinguish these."""

    type, title = "share-link-not-found", "This link does not work"

    def __init__(self) -> None:
        super().__init__(
            "the link is wrong, was revoked or has expired", remedy="ask the sender for a new link"
        )


class SharePasswordRequiredError(VideoMomentsError):
    """The link has a password, which was not entered or is wrong."""

    type, title, status = "share-password-required", "Password required", 401


class TooManyShareFailuresError(LimitReachedError):
    """Too many wrong links or passwords were received from the client's address."""

    type, title = "too-many-share-failures", "Too many wrong links or passwords"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "too many wrong links or passwords were received from this address",
            remedy=f"try again after {retry_after_seconds} s",
        )
        self.retry_after = retry_after_seconds


class TooManySharedStreamsError(LimitReachedError):
    type, title, retry_after = "too-many-shared-streams", "Too many viewers", 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} streams of share links are active", remedy="try again later")

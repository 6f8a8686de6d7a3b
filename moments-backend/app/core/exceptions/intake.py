from app.core.exceptions.base import (
    ConflictError,
    LimitReachedError,
    NotFoundError,
    StoredLimitError,
    VideoMomentsError,
)


class SubscriptionNotFoundError(NotFoundError):
    type, title = "subscription-not-found", "Subscription not found"

    def __init__(self, subscription_id: str) -> None:
        super().__init__(
            f"no subscription has the id {subscription_id!r}", remedy="list them: videomoments subscriptions"
        )


class SubscriptionExistsError(ConflictError):
    type, title = "subscription-exists", "Already subscribed to this address"

    def __init__(self, url: str, subscription_id: str) -> None:
        super().__init__(
            f"the subscription {subscription_id} already has the address {url}",
            remedy="change that subscription instead",
        )


class TooManySubscriptionsError(StoredLimitError):
    type, title, things = "too-many-subscriptions", "Too many subscriptions", "subscriptions"


class TooManyPreviewsError(LimitReachedError):
    type, title, retry_after = "too-many-previews", "Too many lists are being read", 30

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} dry runs of subscriptions are active", remedy="retry in half a minute")


class InvalidFeedError(VideoMomentsError):
    """The address returned neither a feed nor a page with videos."""

    type, title, status = "invalid-feed", "Not a feed, playlist or channel", 422


class WatchFolderError(VideoMomentsError):
    """A watch folder cannot be read, or is unexpectedly empty."""

    type, title, retryable = "watch-folder", "Watch folder unavailable", True

from app.core.exceptions.base import VideoMomentsError


class MeaningUnavailableError(VideoMomentsError):
    """Search by meaning was requested, but is not available on this server."""

    type, title = "meaning-unavailable", "Search by meaning is unavailable"

from app.core.exceptions.base import VideoMomentsError


class MeaningUnavailableError(VideoMomentsError):
    """The search by meaning was requested, and this server cannot do it."""

    type, title = "meaning-unavailable", "Search by meaning is unavailable"

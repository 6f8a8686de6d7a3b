from app.core.exceptions.base import VideoMomentsError


class InvalidSidecarError(VideoMomentsError):
    """A sidecar object is not one that this program wrote, or is damaged."""

    type, title, status = "invalid-sidecar", "Invalid sidecar object", 422


class SidecarVersionError(InvalidSidecarError):
    """A newer version of this program wrote the sidecar."""

    type, title = "sidecar-version", "Sidecar object of a newer version"


class SidecarMismatchError(InvalidSidecarError):
    """The sidecar does not describe the object beside it."""

    type, title = "sidecar-mismatch", "The sidecar describes another object"

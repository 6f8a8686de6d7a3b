from app.core.exceptions.base import ExitCode, VideoMomentsError


class EngineError(VideoMomentsError):
    type, title = "engine", "Model error"


class ModelMissingError(EngineError):
    type, title, exit_code = "model-missing", "Model not found", ExitCode.CONFIGURATION


class ModelUnavailableError(EngineError):
    type, title, retryable = "model-unavailable", "Model server unavailable", True


class ModelRequestRejectedError(EngineError):
    """The model server rejected the request: key, quota or unknown model."""

    type, title = "model-refused", "The model server rejected the request"


class InvalidModelResponseError(EngineError):
    """The model server's response was invalid."""

    type, title, retryable = "model-answer", "Invalid model response", True

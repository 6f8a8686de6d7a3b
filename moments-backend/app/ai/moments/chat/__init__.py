"""Moment engine on a chat model behind an OpenAI-compatible server."""

from app.ai.moments.chat.engine import ChatEngine

__all__ = ["ChatEngine"]

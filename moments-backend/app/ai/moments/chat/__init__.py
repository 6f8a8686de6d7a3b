"""Moment engine on a chat model behind an OpenAI-compatible server."""

"""Titles by the chat model for the moments that were chosen."""

import asyncio
import logging
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from app.ai.moments.chat.client import ChatClient
from app.ai.moments.chat.cost import TITLES_PER_REQUEST
from app.ai.moments.chat.prompts import title_messages
from app.core.exceptions import EngineError
from app.models.text import clean_line

logger = logging.getLogger(__name__)

MAX_TITLE = 100
"""Characters; longer titles are sentences or comments of the model."""

_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_QUOTES = "\"'“”„«»*# "


class TitlesResponse(BaseModel):
    """Schema of the response; strict servers require that additional keys are forbidden."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    titles: list[str]


async def write_titles(client: ChatClient, passages: Sequence[str]) -> list[str | None]:
    """Return a title per passage; None where the model wrote none that can be used."""
    batches = [passages[at : at + TITLES_PER_REQUEST] for at in range(0, len(passages), TITLES_PER_REQUEST)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_write(client, batch)) for batch in batches]
    return [title for task in tasks for title in task.result()]


async def _write(client: ChatClient, passages: Sequence[str]) -> list[str | None]:
    try:
        reply = await client.complete(title_messages(passages), TitlesResponse)
    except EngineError as error:
        logger.warning("no titles by %s: %s", client.model, error.cause)
        return [None] * len(passages)
    titles = parse_titles(reply.text)
    if len(titles) != len(passages):
        logger.warning("no titles by %s: %d for %d passages", client.model, len(titles), len(passages))
        return [None] * len(passages)
    return titles


def parse_titles(text: str) -> list[str | None]:
    """Return the titles of a response, None for unusable ones; an empty list if it is not the JSON object."""
    content = _THOUGHTS.sub("", text)
    fenced = _FENCE.search(content)
    try:
        titles = TitlesResponse.model_validate_json(fenced[1] if fenced else content.strip()).titles
    except ValidationError:
        return []
    return [_usable(title) for title in titles]


def _usable(title: str) -> str | None:
    line = clean_line(title, MAX_TITLE + 1).strip(_QUOTES)
    return line if 0 < len(line) <= MAX_TITLE else None

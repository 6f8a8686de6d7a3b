"""The moments of the video `talk`, and requests on them."""

from typing import Any

import httpx

from tests.api.support.rows import video_path
from tests.api.support.runs import MOMENT_IDS
from tests.fixtures.library import Library

LATE, EARLY, REFINED = MOMENT_IDS
UNKNOWN = "f" * 16


def path(moment_id: str, *rest: str) -> str:
    return video_path("talk", "moments", moment_id, *rest)


async def shown(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    response = await client.get(video_path("talk", "moments"))
    assert response.status_code == 200, response.text
    return {moment["id"]: moment for moment in response.json()}


async def changed(client: httpx.AsyncClient, moment_id: str, **change: object) -> dict[str, Any]:
    response = await client.patch(path(moment_id), json=change)
    assert response.status_code == 200, response.text
    moment: dict[str, Any] = response.json()
    assert (await shown(client))[moment["id"]] == moment
    return moment


def clips(library: Library) -> tuple[set[str], set[str]]:
    """Return the moments with a local clip, and those with one in the bucket."""
    here = {file.name.split("_")[1] for file in library.settings.moment_clips_dir.iterdir()}
    there = {name.split("_")[1] for name in library.objects() if name.startswith("clips/")}
    return here, there


async def created(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    moment = {"start_time": 60, "end_time": 63, "title": "The moon"} | fields
    response = await client.post(video_path("talk", "moments"), json=moment)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found

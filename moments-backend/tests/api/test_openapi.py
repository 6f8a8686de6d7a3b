"""The document at `/openapi.json`."""

from typing import Any

import httpx

from app.api.access import COOKIE
from tests.api.declared import document


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


async def test_it_is_served(client: httpx.AsyncClient) -> None:
    served = (await client.get("/openapi.json")).json()
    assert served["paths"].keys() == document()["paths"].keys()
    assert (await client.get("/docs")).headers["content-type"].startswith("text/html")


def test_every_operation_has_an_id_of_its_own_and_says_what_it_does() -> None:
    found = {name: operation["operationId"] for name, operation in operations().items()}
    assert found == {
        "GET /health": "getHealth",
        "POST /api/session": "openSession",
        "GET /api/videos": "listVideos",
        "GET /api/videos/{video_id}": "getVideo",
        "DELETE /api/videos/{video_id}": "removeVideo",
        "GET /api/videos/{video_id}/stream": "streamVideo",
        "HEAD /api/videos/{video_id}/stream": "headVideoStream",
        "GET /api/videos/{video_id}/thumbnail": "getThumbnail",
        "HEAD /api/videos/{video_id}/thumbnail": "headThumbnail",
        "GET /api/videos/{video_id}/url": "getVideoUrl",
    }
    assert all(operation["description"] for operation in operations().values())


def test_errors_are_problems_and_nothing_else() -> None:
    schemas = document()["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert {"type", "title", "status", "detail", "retryable"} <= set(schemas["Problem"]["required"])
    for name, operation in operations().items():
        for status, response in operation["responses"].items():
            assert response["description"]
            assert not status.startswith("5") or status == "503"
            of_the_framework = status in {"400", "416"}
            if int(status) >= 400 and not of_the_framework and not name.startswith(("HEAD", "GET /health")):
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_what_needs_the_key_says_so() -> None:
    schemes = document()["components"]["securitySchemes"]
    assert schemes["session"] == {"type": "apiKey", "in": "cookie", "name": COOKIE}
    for name, operation in operations().items():
        below_api = " /api/" in name
        assert ("401" in operation["responses"]) == below_api
        assert ("security" in operation) == below_api


def test_the_list_documents_the_video_and_its_parameters() -> None:
    operation = document()["paths"]["/api/videos"]["get"]
    answer = operation["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    assert schema["items"] == {"$ref": "#/components/schemas/VideoResponse"}
    assert "Link" in answer["headers"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert names == ["limit", "q", "sort", "order", "cursor"]

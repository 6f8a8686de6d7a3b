"""The document at `/openapi.json`."""

from typing import Any

import httpx

from app.api.auth import COOKIE
from app.models.pipeline import GenerateMomentsRequest
from tests.api.support.openapi_assertions import document


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


async def test_document_is_served(client: httpx.AsyncClient) -> None:
    served = (await client.get("/openapi.json")).json()
    assert served["paths"].keys() == document()["paths"].keys()


OPERATION_IDS = {
    "GET /health": "getHealth",
    "GET /metrics": "getMetrics",
    "GET /api/audit": "listAuditEntries",
    "GET /api/storage": "getStorage",
    "GET /api/verification": "getVerification",
    "POST /api/verification": "startVerification",
    "POST /api/videos/{video_id}/offload": "offloadOriginal",
    "POST /api/videos/{video_id}/fetch": "fetchOriginal",
    "GET /api/keys": "listKeys",
    "POST /api/keys": "createKey",
    "DELETE /api/keys/{name}": "revokeKey",
    "GET /api/trash": "listTrash",
    "DELETE /api/trash": "emptyTrash",
    "DELETE /api/trash/{video_id}": "deleteFromTrash",
    "POST /api/trash/{video_id}/restore": "restoreVideo",
    "GET /api/trash/{video_id}/thumbnail": "getTrashThumbnail",
    "HEAD /api/trash/{video_id}/thumbnail": "headTrashThumbnail",
    "POST /api/videos/bulk": "bulkAction",
    "GET /api/bulk": "listBulkOperations",
    "GET /api/bulk/{operation_id}": "getBulkOperation",
    "POST /api/bulk/{operation_id}/cancel": "cancelBulkOperation",
    "GET /api/duplicates": "listDuplicates",
    "POST /api/duplicates/merge": "mergeDuplicates",
    "POST /api/duplicates/merge/{operation_id}/undo": "undoDuplicateMerge",
    "POST /api/duplicates/dismiss": "dismissDuplicates",
    "GET /api/duplicates/dismissed": "listDismissedDuplicates",
    "DELETE /api/duplicates/dismissed": "undismissDuplicates",
    "POST /api/session": "openSession",
    "OPTIONS /api/uploads": "describeUploads",
    "GET /api/uploads": "listUploads",
    "POST /api/uploads": "createUpload",
    "GET /api/uploads/{upload_id}": "getUpload",
    "HEAD /api/uploads/{upload_id}": "headUpload",
    "PATCH /api/uploads/{upload_id}": "continueUpload",
    "DELETE /api/uploads/{upload_id}": "removeUpload",
    "POST /api/uploads/{upload_id}/retry": "retryUpload",
    "GET /api/facets": "listFacets",
    "GET /api/feed.xml": "getFeed",
    "GET /api/feed/{video_id}/{filename}": "getFeedFile",
    "HEAD /api/feed/{video_id}/{filename}": "headFeedFile",
    "GET /api/feed/{video_id}/thumbnail.jpg": "getFeedThumbnail",
    "HEAD /api/feed/{video_id}/thumbnail.jpg": "headFeedThumbnail",
    "GET /api/tags": "listTags",
    "PATCH /api/tags/{tag}": "renameTag",
    "DELETE /api/tags/{tag}": "deleteTag",
    "GET /api/views": "listViews",
    "POST /api/views": "createView",
    "PATCH /api/views/{view_id}": "changeView",
    "DELETE /api/views/{view_id}": "deleteView",
    "PUT /api/videos/{video_id}/progress": "saveProgress",
    "GET /api/search": "searchLibrary",
    "GET /api/videos": "listVideos",
    "GET /api/videos/{video_id}": "getVideo",
    "DELETE /api/videos/{video_id}": "removeVideo",
    "GET /api/videos/{video_id}/stream": "streamVideo",
    "HEAD /api/videos/{video_id}/stream": "headVideoStream",
    "GET /api/videos/{video_id}/playback": "getPlayback",
    "HEAD /api/videos/{video_id}/playback": "headPlayback",
    "POST /api/videos/{video_id}/playback": "requestPlayback",
    "GET /api/videos/{video_id}/thumbnail": "getThumbnail",
    "HEAD /api/videos/{video_id}/thumbnail": "headThumbnail",
    "PUT /api/videos/{video_id}/thumbnail": "setThumbnail",
    "DELETE /api/videos/{video_id}/thumbnail": "resetThumbnail",
    "GET /api/videos/{video_id}/storyboard.vtt": "getStoryboardCues",
    "HEAD /api/videos/{video_id}/storyboard.vtt": "headStoryboardCues",
    "GET /api/videos/{video_id}/storyboard.jpg": "getStoryboardSheet",
    "HEAD /api/videos/{video_id}/storyboard.jpg": "headStoryboardSheet",
    "GET /api/videos/{video_id}/url": "getVideoUrl",
    "GET /api/videos/{video_id}/transcript": "getTranscript",
    "PUT /api/videos/{video_id}/transcript": "replaceTranscript",
    "PATCH /api/videos/{video_id}/transcript": "correctTranscript",
    "DELETE /api/videos/{video_id}/transcript": "resetTranscript",
    "POST /api/videos/{video_id}/transcript/undo": "undoTranscriptChange",
    "GET /api/videos/{video_id}/transcript.txt": "getTranscriptTxt",
    "GET /api/videos/{video_id}/transcript.json": "getTranscriptJson",
    "GET /api/videos/{video_id}/transcript.vtt": "getTranscriptVtt",
    "GET /api/videos/{video_id}/transcript.srt": "getTranscriptSrt",
    "GET /api/videos/{video_id}/chapters": "getChapters",
    "PUT /api/videos/{video_id}/chapters": "replaceChapters",
    "DELETE /api/videos/{video_id}/chapters": "resetChapters",
    "GET /api/videos/{video_id}/chapters.vtt": "getChaptersVtt",
    "GET /api/videos/{video_id}/chapters.txt": "getChaptersTxt",
    "GET /api/videos/{video_id}/moments": "getMoments",
    "POST /api/videos/{video_id}/moments": "createMoment",
    "GET /api/videos/{video_id}/markers.edl": "getMarkersEdl",
    "GET /api/videos/{video_id}/markers.csv": "getMarkersCsv",
    "GET /api/videos/{video_id}/markers.fcpxml": "getMarkersFcpxml",
    "GET /api/videos/{video_id}/clips": "listClips",
    "GET /api/videos/{video_id}/clips/{moment_id}.vtt": "getClipVtt",
    "GET /api/videos/{video_id}/clips/{moment_id}.srt": "getClipSrt",
    "GET /api/videos/{video_id}/clips/{moment_id}": "getClip",
    "HEAD /api/videos/{video_id}/clips/{moment_id}": "headClip",
    "GET /api/videos/{video_id}/exports": "listVideoExports",
    "POST /api/videos/{video_id}/exports": "createExports",
    "GET /api/videos/{video_id}/exports.zip": "getExportsZip",
    "GET /api/exports": "listExports",
    "GET /api/exports/{export_id}": "getExport",
    "DELETE /api/exports/{export_id}": "deleteExport",
    "POST /api/exports/{export_id}/cancel": "cancelExport",
    "POST /api/exports/{export_id}/retry": "retryExport",
    "GET /api/exports/{export_id}/file": "getExportFile",
    "HEAD /api/exports/{export_id}/file": "headExportFile",
    "GET /api/exports/{export_id}/captions.vtt": "getExportVtt",
    "GET /api/exports/{export_id}/captions.srt": "getExportSrt",
    "GET /api/vocabulary": "getVocabulary",
    "PUT /api/vocabulary": "replaceVocabulary",
    "POST /api/generate_moments": "generateMoments",
    "PATCH /api/videos/{video_id}/moments/{moment_id}": "changeMoment",
    "DELETE /api/videos/{video_id}/moments/{moment_id}": "deleteMoment",
    "POST /api/videos/{video_id}/moments/{moment_id}/restore": "restoreMoment",
    "POST /api/videos/{video_id}/moments/{moment_id}/reset": "resetMoment",
    "POST /api/videos/{video_id}/moments/{moment_id}/split": "splitMoment",
    "POST /api/videos/{video_id}/moments/merge": "mergeMoments",
    "GET /api/videos/{video_id}/moments/deleted": "listDeletedMoments",
    "DELETE /api/videos/{video_id}/moments/deleted": "purgeDeletedMoments",
    "GET /api/moments": "listMoments",
    "GET /api/engine": "getEngine",
    "GET /api/shares": "listShares",
    "DELETE /api/shares/{share_id}": "revokeShare",
    "GET /api/videos/{video_id}/shares": "listVideoShares",
    "POST /api/videos/{video_id}/shares": "createShare",
    "GET /shared/{token}": "getShared",
    "POST /shared/{token}/password": "enterSharePassword",
    "GET /shared/{token}/video": "getSharedVideo",
    "HEAD /shared/{token}/video": "headSharedVideo",
    "GET /shared/{token}/captions.vtt": "getSharedCaptions",
    "GET /shared/{token}/thumbnail": "getSharedThumbnail",
    "GET /api/migrations": "listMigrations",
    "GET /api/watch-folders": "listWatchFolders",
    "GET /api/subscriptions": "listSubscriptions",
    "POST /api/subscriptions": "createSubscription",
    "POST /api/subscriptions/preview": "previewSubscription",
    "PATCH /api/subscriptions/{subscription_id}": "changeSubscription",
    "DELETE /api/subscriptions/{subscription_id}": "deleteSubscription",
    "POST /api/subscriptions/{subscription_id}/check": "checkSubscription",
    "GET /api/subscriptions/{subscription_id}/items": "listSubscriptionItems",
    "GET /api/webhooks": "listWebhooks",
    "POST /api/webhooks": "createWebhook",
    "PATCH /api/webhooks/{webhook_id}": "changeWebhook",
    "DELETE /api/webhooks/{webhook_id}": "deleteWebhook",
    "POST /api/webhooks/{webhook_id}/test": "testWebhook",
    "GET /api/webhooks/{webhook_id}/deliveries": "listWebhookDeliveries",
    "POST /api/webhooks/deliveries/{delivery_id}/retry": "retryWebhookDelivery",
    "GET /api/system": "getSystem",
    "GET /api/settings": "getSettings",
    "GET /api/session": "checkSession",
    "DELETE /api/session": "closeSession",
    "PATCH /api/videos/{video_id}": "changeVideo",
    "GET /api/pipeline": "listRuns",
    "DELETE /api/pipeline": "clearFinishedRuns",
    "GET /api/pipeline/events": "watchAllRuns",
    "GET /api/pipeline/{video_id}/status": "getPipelineStatus",
    "GET /api/pipeline/{video_id}/events": "watchPipeline",
    "GET /api/pipeline/{video_id}/history": "getPipelineHistory",
    "POST /api/pipeline/{video_id}/cancel": "cancelPipeline",
    "POST /api/pipeline/{video_id}/retry": "retryPipeline",
}


def test_operations_have_ids_and_descriptions() -> None:
    found = {name: operation["operationId"] for name, operation in operations().items()}
    assert found == OPERATION_IDS
    assert all(operation["description"] for operation in operations().values())


def test_errors_are_declared_as_problems() -> None:
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


def test_protected_operations_declare_security() -> None:
    schemes = document()["components"]["securitySchemes"]
    session = {"type": "apiKey", "in": "cookie", "name": COOKIE}
    assert session.items() <= schemes["session"].items()
    for name, operation in operations().items():
        is_protected = " /api/" in name or " /metrics" in name
        assert ("401" in operation["responses"]) == (is_protected or "/shared/" in name)
        assert ("security" in operation) == is_protected


def test_run_responses_are_declared() -> None:
    expected = {
        "POST /api/generate_moments": ("202", "RunCreated"),
        "GET /api/pipeline/{video_id}/status": ("200", "RunState"),
        "POST /api/pipeline/{video_id}/cancel": ("202", "RunState"),
        "POST /api/pipeline/{video_id}/retry": ("202", "RunState"),
        "GET /api/videos/{video_id}/transcript": ("200", "TranscriptRead"),
    }
    for name, (status, schema) in expected.items():
        answer = operations()[name]["responses"][status]["content"]
        assert answer == {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    conflicts = {name for name, operation in operations().items() if "409" in operation["responses"]}
    assert {"POST /api/generate_moments", "POST /api/pipeline/{video_id}/cancel"} <= conflicts


def test_event_streams_are_declared() -> None:
    answer = operations()["GET /api/pipeline/{video_id}/events"]["responses"]["200"]["content"]
    event = answer["text/event-stream"]["itemSchema"]
    assert set(answer) == {"text/event-stream"}
    assert event["required"] == ["event", "data"]
    assert event["properties"]["event"]["const"] == "status"
    assert event["properties"]["data"]["contentSchema"] == {"$ref": "#/components/schemas/RunState"}
    assert event["properties"]["data"]["contentMediaType"] == "application/json"


def test_content_types_are_declared() -> None:
    types = {
        name.removeprefix("GET /api/videos/{video_id}/"): list(operation["responses"]["200"]["content"])
        for name, operation in operations().items()
        if name.startswith("GET /api/videos/{video_id}/")
    }
    assert types["transcript.vtt"] == ["text/vtt"]
    # The second type keeps the answer in generated clients.
    assert types["transcript.srt"] == ["application/x-subrip", "text/plain"]
    assert types["clips/{moment_id}"] == ["video/mp4", "application/octet-stream"]


def test_request_examples_are_valid() -> None:
    body = operations()["POST /api/generate_moments"]["requestBody"]["content"]["application/json"]
    assert len(body["examples"]) > 1
    for example in body["examples"].values():
        GenerateMomentsRequest.model_validate(example["value"])


def test_run_fields_are_described() -> None:
    plain = {"video_id", "status", "title", "filename", "start", "end", "options"}
    plain |= {"started_at", "completed_at", "finished_at", "percent", "items_total"}
    schemas = document()["components"]["schemas"]
    for name in (
        "GenerateMomentsRequest",
        "RunCreated",
        "RunState",
        "StageState",
        "RunError",
        "Clip",
        "MomentRead",
    ):
        for field, schema in schemas[name]["properties"].items():
            assert field in plain or schema.get("description"), (name, field)


def test_run_responses_require_every_field() -> None:
    schemas = document()["components"]["schemas"]
    for name in ("RunCreated", "RunState", "StageState", "RunError", "RunOptions", "Clip", "MomentRead"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]) - {"is_restored"}
    assert "required" not in schemas["GenerateMomentsRequest"]


def test_list_schema_and_parameters_are_declared() -> None:
    operation = document()["paths"]["/api/videos"]["get"]
    answer = operation["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    assert schema["items"]["anyOf"] == [
        {"$ref": "#/components/schemas/VideoSummary"},
        {"$ref": "#/components/schemas/VideoResponse"},
    ]
    assert {"Link", "X-Total-Count"} == set(answer["headers"])
    names = [parameter["name"] for parameter in operation["parameters"]]
    filters = ["min_duration", "max_duration", "quality", "has_transcript", "has_speech", "language"]
    filters += ["source", "channel", "folder", "tag", "favorite", "watched", "state", "location"]
    filters += ["min_size", "max_size", "added_from", "added_to", "recorded_from", "recorded_to"]
    assert names == [*filters, "q", "sort", "order", "limit", "details", "count", "cursor"]

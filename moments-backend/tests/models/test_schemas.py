from app.models.schemas import VideoDetail, VideoResponse


def test_video_response_requires_id_filename_title() -> None:
    video = VideoResponse(id="talk", filename="talk.mp4", title="Talk")
    assert video.model_dump(exclude={"id", "filename", "title"}) == dict.fromkeys(
        VideoResponse.model_fields.keys() - {"id", "filename", "title"}
    )


def test_schema_requires_every_field_and_marks_nullable() -> None:
    schema = VideoDetail.model_json_schema(mode="serialization")
    assert sorted(schema["required"]) == sorted(schema["properties"])
    nullable = {name for name, field in schema["properties"].items() if "anyOf" in field}
    assert nullable == {
        "duration_seconds",
        "source_url",
        "file_size_kb",
        "video_codec",
        "audio_codec",
        "resolution",
        "frame_rate",
        "size_bytes",
        "recorded_at",
        "channel",
        "description",
        "language",
        "watch_position",
        "last_watched_at",
    }

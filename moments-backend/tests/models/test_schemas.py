from app.models.schemas import VideoDetail, VideoResponse


def test_a_video_needs_no_more_than_its_id_file_name_and_title() -> None:
    video = VideoResponse(id="talk", filename="talk.mp4", title="Talk")
    assert video.model_dump(exclude={"id", "filename", "title"}) == dict.fromkeys(
        VideoResponse.model_fields.keys() - {"id", "filename", "title"}
    )


def test_the_document_promises_every_field_and_says_which_may_be_null() -> None:
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
    }

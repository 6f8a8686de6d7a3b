"""`videomoments doctor`: the checks of the pipeline."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from pydantic import SecretStr

from app.core.exceptions import ConfigurationError, ModelMissingError
from cli.checks_base import CheckResult, State
from cli.pipeline_checks import (
    check_moments,
    check_transcription,
    check_work_folder,
    check_worker,
    check_yt_dlp,
)
from tests.services.downloads.support.web_server import Handler, Web, respond, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.core.config import Settings


def changed(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update=values)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as running:
        yield running


async def test_workers_count_while_they_send_heartbeats(settings: Settings) -> None:
    url = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        found = await check_worker(settings)
        assert isinstance(found, CheckResult)
        assert found.state is State.WARNING
        assert found.remedy
        assert "videomoments worker" in found.remedy
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert await check_worker(settings) == "1 running"
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert await check_worker(settings) == "2 running"
        silent = settings.worker_stalled_after_seconds + 1
        connection.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)", [silent]
        )
        found = await check_worker(settings)
        assert isinstance(found, CheckResult)
        connection.execute("DROP TABLE procrastinate_workers CASCADE")
        with pytest.raises(ConfigurationError, match="no tables"):
            await check_worker(settings)


async def test_local_models(settings: Settings, tmp_path: Path) -> None:
    assert str(await check_transcription(settings)).startswith("whisper tiny.en in /")
    assert str(await check_moments(settings)).startswith("extractive MiniLM in /")
    with pytest.raises(ModelMissingError, match=r"model\.bin") as missing:
        await check_transcription(changed(settings, whisper_model=str(tmp_path)))
    assert missing.value.remedy
    with pytest.raises(ModelMissingError, match=r"model\.onnx") as missing:
        await check_moments(changed(settings, embedding_model_path=tmp_path))
    assert missing.value.remedy


@pytest.mark.slow
async def test_remote_models(settings: Settings, web: Web) -> None:
    def require_key(handler: Handler) -> None:
        known = handler.headers["Authorization"] == "Bearer right"
        handler.send(200 if known else 401, b"{}")

    web.on("/v1/models", require_key)
    base = web.url("/v1")
    both = changed(
        settings,
        transcription_engine="openai",
        transcription_base_url=base,
        transcription_api_key=SecretStr("right"),
        moment_engine="openai",
        moment_base_url=base,
        moment_api_key=SecretStr("right"),
    )
    where = f"127.0.0.1:{web.port}"
    assert await check_transcription(both) == f"openai whisper-1 at {where}"
    assert await check_moments(both) == f"openai gpt-5-mini at {where}"
    wrong = changed(both, transcription_api_key=SecretStr("wrong"), moment_api_key=None)
    for check, setting in ((check_transcription, "TRANSCRIPTION_API_KEY"), (check_moments, "MOMENT_API_KEY")):
        with pytest.raises(ConfigurationError, match=f"{where} returned 401") as refused:
            await check(wrong)
        assert refused.value.remedy
        assert setting in refused.value.remedy
        assert "wrong" not in str(refused.value)


async def test_unavailable_model_servers(settings: Settings, web: Web) -> None:
    service = changed(settings, transcription_engine="http", transcription_base_url=web.url("/asr"))
    assert await check_transcription(service) == f"http 127.0.0.1:{web.port} at 127.0.0.1:{web.port}"
    web.on("/asr", respond(b"", status=503))
    found = await check_transcription(service)
    assert isinstance(found, CheckResult)
    assert (found.state, found.detail) == (State.WARNING, f"127.0.0.1:{web.port} returned 503")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://me:secret@127.0.0.1:{probe.getsockname()[1]}/v1"
        with pytest.raises(ConfigurationError, match="cannot reach") as away:
            await check_moments(changed(settings, moment_engine="openai", moment_base_url=url))
    assert "secret" not in str(away.value)
    assert away.value.remedy
    assert "MOMENT_BASE_URL" in away.value.remedy
    with pytest.raises(ConfigurationError, match="TRANSCRIPTION_API_KEY is not set"):
        await check_transcription(changed(settings, transcription_engine="openai"))


async def test_download_tool_and_work_directory(settings: Settings, tmp_path: Path) -> None:
    assert str(await check_yt_dlp(settings)).startswith("20")
    found = await check_work_folder(settings)
    assert str(found).startswith(f"{settings.work_dir}, ")
    assert list(settings.work_dir.iterdir()) == []
    (tmp_path / "file").write_text("")
    found = await check_work_folder(changed(settings, static_dir=tmp_path / "file"))
    assert isinstance(found, CheckResult)
    assert found.state is State.WARNING
    assert "Not a directory" in found.detail

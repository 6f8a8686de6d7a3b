"""Connections go to the checked address while TLS uses the host name."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.exceptions import BlockedAddressError, SourceRejectedError
from app.core.retry import RetryPolicy
from app.services.downloads.http import fetch
from app.services.downloads.ssrf_guard import SsrfGuard
from tests.services.downloads.conftest import LOOPBACK
from tests.services.downloads.support.web_server import Web, redirect, serve, web_server
from tests.services.downloads.test_ssrf_guard import PUBLIC, Names

NAME = "videos.example"
LIMIT = 1024**2


@dataclass
class Secure:
    """A server with a certificate for `NAME`, its authority, and the SNI names that clients sent."""

    web: Web
    trust: ssl.SSLContext
    asked: list[str | None]


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    asked: list[str | None] = []

    def record_name(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        asked.append(name)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = record_name
    trust = ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())
    with web_server(context) as web:
        yield Secure(web, trust, asked)


async def fetched(
    url: str, folder: Path, names: Names, retry_policy: RetryPolicy, verify: ssl.SSLContext | bool = True
) -> Path | None:
    return await fetch(
        url,
        folder,
        video_id="talk",
        limit=LIMIT,
        guard=SsrfGuard([LOOPBACK], names),
        on_progress=lambda *_: None,
        retry_policy=retry_policy,
        verify=verify,
    )


async def test_certificate_is_checked_against_the_name(
    secure: Secure, folder: Path, video: bytes, retry_policy: RetryPolicy
) -> None:
    secure.web.on("/v.mp4", serve(video))
    names = Names(["127.0.0.1"])
    url = f"https://{NAME}:{secure.web.port}/v.mp4"
    path = await fetched(url, folder, names, retry_policy, secure.trust)
    assert path is not None
    assert path.read_bytes() == video
    assert secure.asked == [NAME]
    assert secure.web.seen[0].headers["Host"] == f"{NAME}:{secure.web.port}"

    with pytest.raises(SourceRejectedError, match=r"certificate of other\.example"):
        await fetched(url.replace(NAME, "other.example"), folder, names, retry_policy, secure.trust)
    with pytest.raises(SourceRejectedError, match="certificate"):
        await fetched(url, folder, names, retry_policy)  # not signed by a public authority
    assert len(secure.web.seen) == 1


async def test_name_is_resolved_once_per_request(
    web: Web, folder: Path, video: bytes, retry_policy: RetryPolicy
) -> None:
    web.on("/v.mp4", serve(video))
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    path = await fetched(f"http://{NAME}:{web.port}/v.mp4", folder, names, retry_policy)
    assert path is not None
    assert names.asked == [NAME]


async def test_each_request_is_checked(web: Web, folder: Path, retry_policy: RetryPolicy) -> None:
    web.on("/v.mp4", redirect("/w.mp4"))
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    with pytest.raises(BlockedAddressError, match=r"169\.254\.169\.254"):
        await fetched(f"http://{NAME}:{web.port}/v.mp4", folder, names, retry_policy)
    assert [request.path for request in web.seen] == ["/v.mp4"]


async def test_rebinding_to_a_private_address_is_blocked(
    web: Web, folder: Path, retry_policy: RetryPolicy
) -> None:
    """DNS rebinding: the name server changes its response between check and connection."""
    guard = SsrfGuard([], Names([PUBLIC], ["127.0.0.1"]))
    assert await guard.addresses(NAME, web.port) == [PUBLIC]
    with pytest.raises(BlockedAddressError):
        await guard.addresses(NAME, web.port)
    assert web.seen == []


async def test_blocked_addresses_receive_no_connection(
    web: Web, folder: Path, retry_policy: RetryPolicy
) -> None:
    with web_server(host="127.0.0.2") as private:
        web.on("/v.mp4", redirect(f"http://127.0.0.2:{private.port}/v.mp4"))
        only_one = SsrfGuard([type(LOOPBACK)("127.0.0.1/32")])
        for url in (f"http://127.0.0.2:{private.port}/v.mp4", web.url("/v.mp4")):
            with pytest.raises(BlockedAddressError, match=r"127\.0\.0\.2"):
                await fetch(
                    url,
                    folder,
                    video_id="talk",
                    limit=LIMIT,
                    guard=only_one,
                    on_progress=lambda *_: None,
                    retry_policy=retry_policy,
                )
        assert private.seen == []


async def test_next_address_is_tried_after_a_failure(
    web: Web, folder: Path, video: bytes, retry_policy: RetryPolicy
) -> None:
    web.on("/v.mp4", serve(video))
    path = await fetched(
        f"http://{NAME}:{web.port}/v.mp4", folder, Names(["127.0.0.9", "127.0.0.1"]), retry_policy
    )
    assert path is not None


async def test_proxies_from_the_environment_are_ignored(
    web: Web, folder: Path, video: bytes, retry_policy: RetryPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    web.on("/v.mp4", serve(video))
    assert await fetched(web.url("/v.mp4"), folder, Names(["127.0.0.1"]), retry_policy) is not None


async def test_resolver_does_not_block_the_event_loop(
    web: Web, folder: Path, video: bytes, retry_policy: RetryPolicy
) -> None:
    loop = asyncio.get_running_loop()
    turned = asyncio.Event()

    class Slow(Names):
        def __call__(self, host: str, port: int, *, type: int):  # type: ignore[no-untyped-def]  # noqa: A002, ANN204 - as above
            asyncio.run_coroutine_threadsafe(self.turn(), loop).result(5)
            return super().__call__(host, port, type=type)

        async def turn(self) -> None:
            turned.set()

    web.on("/v.mp4", serve(video))
    assert await fetched(web.url("/v.mp4"), folder, Slow(["127.0.0.1"]), retry_policy) is not None
    assert turned.is_set()

"""Replacements on loopback for two Google services: the metadata server and IAM credentials.

The real client is redirected by the documented environment variables (metadata) and an HTTPS proxy (IAM).
"""

import base64
import datetime as dt
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

EMAIL = "robot@project.iam.gserviceaccount.com"
TOKEN = "a-token-of-the-machine"
IAM_HOST = "iamcredentials.googleapis.com"


@dataclass
class GoogleDouble:
    environment: dict[str, str]
    key: rsa.RSAPrivateKey
    signed: list[dict[str, Any]] = field(default_factory=list)
    """Path, authorization and message of each signing request."""


@contextmanager
def google_double(folder: Path) -> Iterator[GoogleDouble]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _self_signed(key, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    double = GoogleDouble({}, key)

    class Metadata(_Quiet):
        def do_GET(self) -> None:
            answers = {
                "token": json.dumps({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}),
                "email": EMAIL,
                "project-id": "project",
                "universe-domain": "googleapis.com",
            }
            last = self.path.partition("?")[0].rstrip("/").rpartition("/")[2]
            account = json.dumps({"email": EMAIL, "scopes": [], "aliases": ["default"]})
            self.reply(
                answers.get(last, account), json_body=last not in ("email", "project-id", "universe-domain")
            )

    class Iam(_Quiet):
        def do_CONNECT(self) -> None:
            assert self.path == f"{IAM_HOST}:443", self.path
            self.send_response_only(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")
            self.close_connection = False  # the client requested the tunnel with HTTP/1.0

        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payload"]
            message = base64.b64decode(payload)
            double.signed.append(
                {"path": self.path, "authorization": self.headers["Authorization"], "message": message}
            )
            signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
            self.reply(json.dumps({"keyId": "1", "signedBlob": base64.b64encode(signature).decode()}))
            self.wfile.flush()

    with _serving(Metadata) as metadata, _serving(Iam) as iam:
        double.environment = {
            "GCE_METADATA_HOST": metadata,
            "GCE_METADATA_IP": metadata,
            "HTTPS_PROXY": f"http://{iam}",
            "REQUESTS_CA_BUNDLE": str(certificate),
            "NO_PROXY": "127.0.0.1",
        }
        yield double


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, body: str, *, json_body: bool = True) -> None:
        self.send_response_only(200)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/json" if json_body else "application/text")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep the test output free of the server's log."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
        with suppress(OSError):
            self.connection.close()


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _self_signed(key: rsa.RSAPrivateKey, folder: Path) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, IAM_HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(IAM_HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "double.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path

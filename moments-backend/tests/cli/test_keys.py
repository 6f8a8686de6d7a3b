"""`videomoments keys` and `videomoments audit`."""

from __future__ import annotations

import getpass
import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import typer

from cli.durations import parse_distance
from tests.api.support.access import audit_rows
from tests.cli.support.command import PROGRAM, call
from tests.fixtures.media import make_video

if TYPE_CHECKING:
    from tests.fixtures.library import Library

pytestmark = pytest.mark.slow

NOW = datetime(2026, 2, 8, 10, tzinfo=UTC)


def test_key_is_printed_once(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    created = call(capsys, "keys", "create", "tablet", "--scope", "edit", "--expires", "90d")
    assert created.code == 0
    key = created.out.strip()
    assert key.startswith("vm_")
    assert "Key tablet with scope edit, valid until" in created.err
    assert key not in created.err
    for arguments in (("keys", "list"), ("keys", "list", "--json"), ("audit", "--json")):
        listed = call(capsys, *arguments)
        assert "tablet" in listed.out
        assert key not in listed.out + listed.err


def test_keys_are_listed_with_their_state(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "keys", "list").err.startswith("No keys yet.")
    for name in ("tablet", "gone", "old"):
        assert call(capsys, "keys", "create", name, "--expires", "never").code == 0
    call(capsys, "keys", "revoke", "gone")
    library.execute("UPDATE api_keys SET expires_at = now() WHERE name = 'old'")
    listed = {key["name"]: key for key in json.loads(call(capsys, "keys", "list", "--json").out)}
    assert {name: key["state"] for name, key in listed.items()} == {
        "tablet": "valid",
        "gone": "revoked",
        "old": "expired",
    }
    assert listed["tablet"]["scope"] == "read"
    assert listed["tablet"]["expires_at"] is None
    assert listed["tablet"]["last_used_at"] is None
    lines = call(capsys, "keys", "list").out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["gone", "read", "revoked"],
        ["old", "read", "expired"],
        ["tablet", "read", "valid"],
    ]


def test_key_as_json(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    created = json.loads(call(capsys, "keys", "create", "ci", "--expires", "2999-01-31", "--json").out)
    assert created.keys() == {"name", "scope", "expires_at", "key"}
    assert created["expires_at"].startswith("2999-01-3")


def test_key_commands_exit_codes(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "keys", "create", "tablet").code == 0
    taken = call(capsys, "keys", "create", "tablet")
    assert (taken.code, taken.err.splitlines()[0]) == (
        1,
        "Error: an API key named 'tablet' exists, or existed",
    )
    assert call(capsys, "keys", "revoke", "tablet").out == "tablet: revoked\n"
    assert call(capsys, "keys", "revoke", "tablet").out == "tablet: was already revoked\n"
    assert call(capsys, "keys", "revoke", "missing").code == 1
    for wrong in (
        ("api-key",),
        ("x", "--scope", "root"),
        ("x", "--expires", "soon"),
        ("x", "--expires", "0d"),
    ):
        assert call(capsys, "keys", "create", *wrong).code == 2


def test_database_unavailable_is_exit_code_3(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hidden@127.0.0.1:1/none")
    for arguments in (("keys", "list"), ("keys", "create", "x"), ("audit",)):
        result = call(capsys, *arguments)
        assert result.code == 3
        assert "hidden" not in result.err


def test_changes_by_commands_are_recorded(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "talk.mp4")
    assert call(capsys, "migrate").code == 0
    assert call(capsys, "migrate").code == 0  # changes nothing
    assert call(capsys, "migrate", "--verify").code == 0
    assert call(capsys, "add", "talk", "--detach").code == 0
    assert call(capsys, "cancel", "talk").code == 0
    assert call(capsys, "retry", "talk").code == 0
    rows = audit_rows(library)
    assert [(row["actor"], row["action"], row["target_id"]) for row in rows] == [
        ("cli", "library.migrate", str(library.settings.static_dir / "videos") + "/"),
        ("cli", "run.start", "talk"),
        ("cli", "run.cancel", "talk"),
        ("cli", "run.retry", "talk"),
    ]
    counts = {"migrated": 1, "skipped": 0, "failed": 0}
    assert rows[0]["details"] == {"mode": "migrate", **counts, "user": getpass.getuser()}
    assert {row["client"] for row in rows} == {None}


def test_audit_log_is_filtered_and_limited(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "audit").err == "No entries.\n"
    for name in ("one", "two", "three"):
        call(capsys, "keys", "create", name)
    call(capsys, "keys", "revoke", "one")
    library.execute("UPDATE audit_log SET at = now() - interval '3 days' WHERE target_id = 'two'")

    def targets(*options: str) -> list[str]:
        return [entry["target_id"] for entry in json.loads(call(capsys, "audit", "--json", *options).out)]

    assert targets() == ["one", "three", "two", "one"]
    assert targets("--since", "1d") == ["one", "three", "one"]
    assert targets("--action", "key.revoke") == ["one"]
    assert targets("--action", "key") == targets()
    assert targets("--target", "one") == ["one", "one"]
    assert targets("--actor", "cli", "--limit", "2") == ["one", "three"]
    assert call(capsys, "audit", "--since", "soon").code == 2
    heading, first, *_ = call(capsys, "audit").out.splitlines()
    assert heading.split() == ["time", "actor", "action", "target", "client", "details"]
    assert first.split()[2:6] == ["cli", "key.revoke", "key", "one"]


def test_audit_output_escapes_control_characters(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.execute(
        "INSERT INTO audit_log (actor, action, target_id, details) VALUES ('cli', 'video.rename', %s, %s)",
        "a\x1b[31mb",
        json.dumps({"title": "c\x1b]0;d"}),
    )
    assert "\x1b" not in call(capsys, "audit").out


def test_key_is_used_by_a_shell(library: Library) -> None:
    """The key is the only line on stdout: `KEY=$(videomoments keys create ci)`."""
    done = subprocess.run([*PROGRAM, "keys", "create", "ci"], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert len(done.stdout.strip()) == 46


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("4w", NOW + timedelta(weeks=4)),
        ("1y", NOW + timedelta(days=365)),
        ("2027-01-31T00:00:00+00:00", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_durations_and_dates_are_parsed(text: str, expected: datetime) -> None:
    assert parse_distance(text, now=NOW, sign=1) == expected


@pytest.mark.parametrize("text", ["", "d", "-1d", "1m", "999999y", "31.01.2027", "1d2h"])
def test_other_times_are_rejected(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_distance(text, now=NOW, sign=1)

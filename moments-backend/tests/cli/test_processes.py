"""The processes that run beside the servers."""

import sys
import time
from pathlib import Path

from cli.processes import ManagedProcess, Service


def test_option_host_is_the_setting_of_processes(tmp_path: Path) -> None:
    """The API refuses requests for other host names."""
    file = tmp_path / "host"
    program = f"import os; open({str(file)!r}, 'w').write(os.environ['HOST'])"
    service = Service(
        "a test", lambda _host, _port: [sys.executable, "-c", program], lambda _host, _port: True
    )
    process = ManagedProcess(service, "videos.local", 7005)
    while not process.has_exited:
        time.sleep(0.01)
    assert file.read_text() == "videos.local"

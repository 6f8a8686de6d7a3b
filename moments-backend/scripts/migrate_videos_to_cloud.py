"""Imports the folder of videos into the library; the same as `videomoments migrate`.

Run from `moments-backend/`, as `python -m scripts.migrate_videos_to_cloud` or
`python scripts/migrate_videos_to_cloud.py`.
"""

import sys
from pathlib import Path

if not __package__:  # run as a file: make the packages importable without an installation
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.proxy_bypass import exempt_loopback_from_proxies
from cli.main import exit_on_interrupt

if __name__ == "__main__":
    with exit_on_interrupt():
        from cli.errors import exit_on_error
        from cli.migrate import make_app

        exempt_loopback_from_proxies()
        with exit_on_error():
            make_app()(
                prog_name="python -m scripts.migrate_videos_to_cloud"
                if __package__
                else "python scripts/migrate_videos_to_cloud.py"
            )

"""Executes a server that receives a signal when its parent process exits.

    python -I -S exec_wrapper.py SIGNAL PARENT UID:GID|- PROGRAM [ARGUMENT...]

A separate program instead of `preexec_fn`, because running Python code between fork and exec is unsafe in a
multi-threaded process. It imports nothing of this project, so it starts within milliseconds.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(signal_number: int, parent: int, account: str, argv: list[str]) -> None:
    if account != "-":
        uid, gid = (int(number) for number in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # Set after changing the user, which clears it. Other systems lack this call; there, the next start
        # terminates servers left by a killed supervisor.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            sys.exit(1)  # the parent exited before prctl was called
    os.execv(argv[0], argv)  # noqa: S606 - runs without a shell


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])

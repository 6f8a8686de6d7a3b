"""Becomes a server process that dies with the process that started it.

    python -I -S launch.py SIGNAL PARENT UID:GID|- PROGRAM [ARGUMENT...]

A small program rather than `subprocess`'s `preexec_fn`, because Python code between fork and exec is not
safe once threads run. It knows nothing of this project, so that it starts in milliseconds.
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
        # After the change of user, which clears it. Other systems have no such thing: there the next start
        # ends what a killed supervisor left behind.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            sys.exit(1)  # it died before we asked
    os.execv(argv[0], argv)  # noqa: S606 - a program, its arguments, and no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])

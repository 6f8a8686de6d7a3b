"""Executes a server without privileges, which receives a signal when its parent process exits.

    python -I -S exec_wrapper.py SIGNAL PARENT ACCOUNT PROGRAM [ARGUMENT...]

ACCOUNT is `UID:GID` to run as that user, `drop` to keep the user, or `-` to keep the capabilities too. Except
with `-`, all capabilities are dropped, and no program that the server executes can gain any.

A separate program instead of `preexec_fn`, because running Python code between fork and exec is unsafe in a
multi-threaded process. It imports nothing of this project, so it starts within milliseconds.
"""

import ctypes
import os
import sys

KEEP, DROP = "-", "drop"

PR_SET_PDEATHSIG = 1
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
CAPABILITY_COUNT = 64
"""More than any kernel has; reading an unknown one from the bounding set fails."""


def main(signal_number: int, parent: int, account: str, argv: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None and account != KEEP:
        empty_bounding_set(libc)
    if account not in {KEEP, DROP}:
        uid, gid = (int(number) for number in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc is not None:
        if account != KEEP:
            drop_capabilities(libc)
        # Set after changing the user, which clears it. Other systems lack this call; there, the next start
        # terminates servers left by a killed supervisor.
        libc.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            sys.exit(1)  # the parent exited before prctl was called
    os.execv(argv[0], argv)  # noqa: S606 - runs without a shell


def empty_bounding_set(libc: ctypes.CDLL) -> None:
    """Remove every capability that `execve` could grant; without CAP_SETPCAP the set stays unchanged.

    An unchanged set grants nothing, because `drop_capabilities` also sets `no_new_privs`.
    """
    for number in range(CAPABILITY_COUNT):
        if libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1:
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)


def drop_capabilities(libc: ctypes.CDLL) -> None:
    """Clear the effective, permitted, inheritable and ambient capabilities.

    https://man7.org/linux/man-pages/man7/capabilities.7.html

    Raises:
        OSError: the kernel rejects a call; the server must not start then.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    for failed in (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), libc.capset(header, nothing)):
        if failed:
            number = ctypes.get_errno()
            raise OSError(number, f"cannot drop privileges: {os.strerror(number)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])

#!/patroni/bin/python3
"""Starts Patroni, as `/patroni/bin/patroni`, lets it hand the leadership over before it stops, and looks after it.

As a container's first process it does what Patroni's own does there: it starts Patroni as a child, passes signals on,
reaps what is orphaned, and ends with Patroni. Two things are added. The first SIGTERM starts `handover.py`, which lets
Patroni switch over to the best replica where this member leads, and reaches Patroni when that has ended, however it
ended, or after HANDOVER_SECONDS. A second SIGTERM is passed on at once. And until the first SIGTERM `rebuild.py` runs
beside Patroni, and again when it ends: it has a member that is stuck for good copy the leader's data anew.

Started any other way it is Patroni's own command and nothing else.
"""

import os
import signal
import sys
import time

HANDOVER = os.path.join(sys.prefix, "handover.py")
REBUILD = os.path.join(sys.prefix, "rebuild.py")

# What a handover may take of the time until the container is killed: Nomad's clients leave 30 s unless told otherwise.
# It takes 2 s and the time of a checkpoint. Patroni goes on with a switchover that was begun, and stops when it is over.
HANDOVER_SECONDS = 15

# Before what runs beside Patroni is started another time.
AGAIN_SECONDS = 10

PASSED_ON = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGUSR2}


def patroni():
    from patroni.__main__ import main

    return main()


def start(run, mask):
    """Starts a child that does `run`, with the signals that this process had before it blocked any. Returns its pid."""
    pid = os.fork()
    if pid == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        sys.exit(run())
    return pid


def ended_children():
    """Yields pid and exit code of every child that has ended, orphans that came to be ours included."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def start_beside(run, mask, pause=0):
    """Starts what runs beside Patroni. Patroni runs without it, too: None where it can't be started."""

    def run_later():
        time.sleep(pause)
        return run()

    try:
        return start(run_later, mask)
    except OSError:
        return None


def end(pid):
    """Ends a child that is there to help."""
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def supervise(run, handover, beside, handover_seconds=HANDOVER_SECONDS):
    """Does `run` in a child until it ends, and returns its exit code.

    `handover` is run first when it is to stop, and `beside` runs in a child of its own until then.
    """
    # They are waited for, one after the other: no handler can come between a child and what is known of it.
    awaited = PASSED_ON | {signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    main = start(run, mask)
    helper = start_beside(beside, mask)
    stopping = None
    while True:
        received = signal.sigwait(awaited)
        if received == signal.SIGCHLD:
            for pid, code in ended_children():
                if pid == main:
                    end(helper)
                    return code if code >= 0 else 128 - code
                if pid == stopping:
                    os.kill(main, signal.SIGTERM)
                if pid == helper:
                    helper = start_beside(beside, mask, AGAIN_SECONDS)
        elif received == signal.SIGTERM and stopping is None:
            end(helper)
            helper = None
            try:
                stopping = start(handover, mask)
                signal.alarm(handover_seconds)
            except OSError:
                os.kill(main, signal.SIGTERM)
        elif received == signal.SIGALRM:
            os.kill(main, signal.SIGTERM)
        else:
            os.kill(main, received)


def program(file):
    """What runs a Python program of the image in place of the process that it is called in."""

    def run():
        try:
            os.execv(sys.executable, [sys.executable, "-Es", file, *sys.argv[1:]])
        finally:
            # It could not be started, and must not go on as a second launcher.
            os._exit(127)

    return run


if __name__ == "__main__":
    sys.exit(supervise(patroni, program(HANDOVER), program(REBUILD)) if os.getpid() == 1 else patroni())

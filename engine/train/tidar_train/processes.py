"""Processes of a stage: one or several ranks, ended together."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from .resume import STOPPED

GRACE = 30  # seconds from SIGTERM, which asks to save, to SIGKILL


def _dies_with_its_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def watch_parent(seconds: float = GRACE) -> None:
    """Ends this process soon after whoever started it is gone, also while it waits for a rank that is gone as well."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        time.sleep(seconds)
        os._exit(STOPPED)

    threading.Thread(target=watch, daemon=True).start()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Group:
    """Processes that end together: when the first ends, or one fails. jobs: (argv, environment to add); all write `log`, appended."""

    def __init__(self, jobs: list[tuple[list[str], dict[str, str]]], log: Path):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.processes: list[subprocess.Popen] = []
        with open(log, "ab") as out:
            for argv, extra in jobs:
                first = self.processes[0].pid if self.processes else 0
                self.processes.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=os.environ | extra,
                                                       process_group=first, preexec_fn=_dies_with_its_parent))  # fmt: skip

    @classmethod
    def of_ranks(cls, argv: list[str], ranks: int, log: Path) -> "Group":
        """torch.distributed's environment for `ranks` processes of this machine."""
        rank = lambda r: {"RANK": str(r), "LOCAL_RANK": str(r), "WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        port = free_port()
        return cls([(argv, rank(r) if ranks > 1 else {}) for r in range(ranks)], log)

    def poll(self, lead: bool) -> int | None:
        """None while they run. Then 0 if all ended well; else the first failure's code. lead: the first process speaks for all of them: when
        it leaves with STOPPED, so does the group."""
        codes = [p.poll() for p in self.processes]
        bad = [c for c in codes if c not in (None, 0)]
        if lead and codes[0] == STOPPED:
            return STOPPED
        return bad[0] if bad else None if None in codes else 0

    def ask(self) -> None:
        """SIGTERM to all."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends what is left, compilers that a process started included."""
        try:
            os.killpg(self.processes[0].pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._send(signal.SIGKILL)
        for p in self.processes:
            p.wait()

    def _send(self, what: int) -> None:
        for p in self.processes:
            if p.poll() is None:
                p.send_signal(what)

    def wait(self, until: float, leave=lambda: False, lead: bool = True, tick=lambda: None, grace: float = GRACE) -> int:
        """Waits for the end; asks to stop at the Unix time `until`, or when leave() says so, and kills `grace` seconds later. tick() is called
        four times a second. Returns the exit code, STOPPED if they did not end by themselves."""
        asked = None
        while True:
            code = self.poll(lead)
            if code is not None:
                self.kill()
                return STOPPED if asked and code != 0 else code
            now = time.time()
            if asked is None and (now >= until or leave()):
                asked = now
                self.ask()
            if asked is not None and now - asked > grace:
                self.kill()
                return STOPPED
            tick()
            time.sleep(0.25)

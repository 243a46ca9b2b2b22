"""What a stage did, as one JSON line an event: versions, commit, data, seed, GPU, wall time."""

import hashlib
import json
import platform
import subprocess
import time
from pathlib import Path

import torch


def sha256(path: str | Path) -> str:
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def commit() -> str | None:
    """The repository's commit, or None outside one."""
    try:
        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parent).stdout.strip()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None


def surroundings() -> dict:
    cuda = torch.cuda.is_available()
    return {
        "python": platform.python_version(), "torch": torch.__version__, "commit": commit(),
        "gpu": torch.cuda.get_device_name() if cuda else platform.processor() or platform.machine(),
        "gpus": torch.cuda.device_count() if cuda else 0,
    }  # fmt: skip


class Log:
    """Appends events to a file and prints them. Without a path it is silent (all ranks but the first)."""

    def __init__(self, path: str | Path | None, stage: str, **settings):
        self.path, self.begun = path, time.time()
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self("begin", stage=stage, date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **surroundings(), **settings)

    def __call__(self, event: str, **values) -> None:
        if not self.path:
            return
        line = json.dumps({"event": event, "seconds": round(time.time() - self.begun, 2), **values}, default=str)
        print(line, flush=True)
        with open(self.path, "a") as f:
            f.write(line + "\n")

"""A run of training that stops when it is told to, and goes on from there: SIGTERM is a request to save and leave."""

import os
import signal
from pathlib import Path

import torch

STOPPED = 75  # exit code of a run that was asked to stop and saved how far it is (EX_TEMPFAIL: try again)


class Stop:
    """Hears SIGTERM. Rank 0 saves after its step and leaves; the other ranks, which cannot know at which step it does, do not listen: who
    started them ends them once rank 0 is gone."""

    def __init__(self, rank: int):
        self.asked = False
        self._before = signal.signal(signal.SIGTERM, self._hear if rank == 0 else signal.SIG_IGN)

    def end(self) -> None:
        """SIGTERM means again what it meant before."""
        signal.signal(signal.SIGTERM, self._before)

    def _hear(self, *_) -> None:
        self.asked = True

    @staticmethod
    def leave() -> None:
        """Ends this process at once: ordinary farewells would wait for the other ranks."""
        os._exit(STOPPED)


def write_state(path: str | Path, state: dict) -> None:
    """Whole, or not at all. state: see Trainer.state."""
    part = Path(f"{path}.part")
    torch.save(state, part)
    part.replace(path)


def read_state(path: str | Path | None, device) -> dict | None:
    """None where no run left one."""
    return torch.load(path, map_location=device, weights_only=True) if path and Path(path).exists() else None

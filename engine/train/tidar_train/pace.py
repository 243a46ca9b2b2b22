"""How far a run is: of so many steps, or of so many seconds on a machine whose speed is not known beforehand."""

import time

import torch
import torch.distributed as dist

SETTLED = 20  # steps until everything is compiled; the time of these says nothing about the rest


class Pace:
    """`total` steps are planned, re-estimated at every `measure` where only seconds are given: so many from now on. first: steps that an
    earlier part of the run has done. Rank 0's clock decides."""

    def __init__(self, steps: int, seconds: float, device, first: int = 0):
        self.fixed, self.seconds, self.device, self.first = steps, seconds, device, first
        self.begun = self.mark = time.time()
        self.marked = self.step = first
        self.total = steps or 10**6

    @property
    def elapsed(self) -> float:
        """Seconds since the begin."""
        return time.time() - self.begun

    def measure(self) -> float:
        """Call on all ranks at the same step, once all work of it is done. Returns seconds a step since the last call."""
        now = time.time()
        rate = (now - self.mark) / max(1, self.step - self.marked)
        if not self.fixed and SETTLED < self.step - self.first and self.step < self.total:
            left = max(0.0, self.seconds - (now - self.begun))
            self.total = self._agreed(self.step + int(left / rate))
        self.mark, self.marked = now, self.step
        return rate

    def _agreed(self, total: int) -> int:
        if not dist.is_initialized():
            return total
        shared = torch.tensor([total], device=self.device)
        dist.broadcast(shared, 0)
        return int(shared)

    @property
    def due(self) -> bool:
        """Whether a run without fixed steps should measure now, beyond its regular reports: early, to plan at all."""
        return not self.fixed and self.step - self.first in (SETTLED, 3 * SETTLED)

    @property
    def done(self) -> bool:
        return self.step >= self.total

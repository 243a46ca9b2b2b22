"""Where a training step's time goes: GPU time by kind of kernel, over a few steps of a running Trainer."""

import re
from collections import defaultdict

import torch

KINDS = [
    ("attention", r"flex|attention"),
    ("matrix products", r"gemm|cutlass|nvjet|cublas|sm90_xmma|splitK"),
    ("communication", r"nccl"),
    ("optimiser", r"multi_tensor|adam"),
    ("softmax, norms, elementwise (fused)", r"triton"),
]


def kind(kernel: str) -> str:
    return next((name for name, pattern in KINDS if re.search(pattern, kernel, re.I)), "others")


def profile(step, steps: int = 3) -> dict:
    """Calls step() `steps` times. Returns {"ms": per step by kind, "wall_ms": per step, "top": the longest kernels}."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as record

    torch.cuda.synchronize()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    with record(activities=[ProfilerActivity.CUDA]) as events:
        begin.record()
        for _ in range(steps):
            step()
        end.record()
        torch.cuda.synchronize()
    times, names = defaultdict(float), defaultdict(float)
    for event in events.events():
        if event.device_type == torch.autograd.DeviceType.CUDA:
            times[kind(event.name)] += event.device_time / 1000 / steps
            names[event.name[:90]] += event.device_time / 1000 / steps
    top = sorted(names.items(), key=lambda x: -x[1])[:14]
    return {"ms": {k: round(v, 2) for k, v in times.items()}, "wall_ms": round(begin.elapsed_time(end) / steps, 2),
            "top": {k: round(v, 2) for k, v in top}}  # fmt: skip

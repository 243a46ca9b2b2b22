"""Where a training step's time goes: by kind of kernel, over a few steps of a running Trainer. On a GPU its kernels, on a CPU its operators."""

import re
import time
from collections import defaultdict

import torch

KINDS = [
    ("communication", r"nccl|gloo|c10d"),
    ("attention", r"flex|attention"),
    ("matrix products", r"gemm|cutlass|nvjet|cublas|sm90_xmma|splitK|::mm|::bmm|::addmm"),
    ("optimiser", r"multi_tensor|adam|foreach"),
    ("softmax, norms, elementwise (fused)", r"triton"),
]
TOP = 10


def kind(kernel: str) -> str:
    return next((name for name, pattern in KINDS if re.search(pattern, kernel, re.I)), "others")


def profile(step, steps: int = 3) -> dict:
    """Calls step() `steps` times. Returns {"ms": per step by kind, "share": of the wall time by kind, "wall_ms": per step, "top": the ten longest
    kernels}. What is left of the wall time is "waiting for launches": the device had nothing to do."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as record

    gpu = torch.cuda.is_available()
    wait = torch.cuda.synchronize if gpu else lambda: None
    wait()
    with record(activities=[ProfilerActivity.CUDA if gpu else ProfilerActivity.CPU]) as events:
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        wait()
        wall = (time.perf_counter() - begin) * 1000 / steps
    times, names = defaultdict(float), defaultdict(float)
    device = torch.autograd.DeviceType.CUDA if gpu else torch.autograd.DeviceType.CPU
    for event in events.events():
        if event.device_type == device:
            ms = (event.device_time if gpu else event.self_cpu_time_total) / 1000 / steps
            times[kind(event.name)] += ms
            names[event.name[:90]] += ms
    times["waiting for launches"] = max(0.0, wall - sum(times.values()))
    top = sorted(names.items(), key=lambda x: -x[1])[:TOP]
    ordered = sorted(times.items(), key=lambda x: -x[1])
    return {"ms": {k: round(v, 2) for k, v in ordered}, "share": {k: round(v / wall, 3) for k, v in ordered}, "wall_ms": round(wall, 2),
            "top": {k: round(v, 2) for k, v in top}}  # fmt: skip

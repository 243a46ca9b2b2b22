"""Times decode steps, and the kernels that they are made of, on one NVIDIA GPU.

The step is the one that the calibration describes: PyTorch, bf16, random weights, elementwise parts fused by
torch.compile, F.scaled_dot_product_attention on a preallocated KV cache (grouped queries, no mask), replayed as a
CUDA graph. Every figure is the median over runs of CUDA-event times.

    python3 decode_step.py --out out.json [--models Qwen3-8B,...] [--parts steps,batch,attention,gemm,quant,moe,trace,energy]
"""
import argparse, ctypes, gc, json, statistics, time
import torch
import torch.nn.functional as F

# hidden, layers, query heads, KV heads, head size, MLP width, vocabulary (config.json of each model)
SHAPES = {
    "Qwen2.5-1.5B": (1536, 28, 12, 2, 128, 8960, 151936),
    "Qwen3-8B": (4096, 36, 32, 8, 128, 12288, 151936),
    "Llama-3.1-8B": (4096, 32, 32, 8, 128, 14336, 128256),
    "Qwen2.5-14B": (5120, 48, 40, 8, 128, 13824, 152064),
    "Qwen3-32B": (5120, 64, 64, 8, 128, 25600, 151936),
}
DEV, DT = "cuda", torch.bfloat16


@torch.compile(dynamic=True)
def norm(x, w):
    return F.rms_norm(x, (x.shape[-1],), w, 1e-6)


@torch.compile(dynamic=True)
def add_norm(x, y, w):
    r = x + y
    return r, F.rms_norm(r, (r.shape[-1],), w, 1e-6)


@torch.compile(dynamic=True)
def add(x, y):
    return x + y


@torch.compile(dynamic=True)
def swiglu(gu):
    g, u = gu.chunk(2, -1)
    return F.silu(g) * u


@torch.compile(dynamic=True)
def rope_split(qkv, cos, sin, b: int, hq: int, hk: int, d: int):
    """(B q, (hq + 2 hk) d) -> q, k rotated (together) and v, each (B, heads, q, d), contiguous."""
    n = cos.shape[0]
    x = qkv[:, : (hq + hk) * d].view(b, n, hq + hk, d)
    v = qkv[:, (hq + hk) * d :].view(b, n, hk, d)
    a, c = x[..., : d // 2], x[..., d // 2 :]
    co, si = cos[None, :, None, :], sin[None, :, None, :]
    x = torch.cat((a * co - c * si, c * co + a * si), -1)
    return x[:, :, :hq].transpose(1, 2).contiguous(), x[:, :, hq:].transpose(1, 2).contiguous(), v.transpose(1, 2).contiguous()


@torch.compile(dynamic=True)
def merge(o):
    """(B, heads, q, d) -> (B q, heads d), contiguous."""
    b, h, n, d = o.shape
    return o.transpose(1, 2).reshape(b * n, h * d)


class Model:
    """Random weights of one architecture; with tp > 1, one shard of heads and MLP columns, all-reduced twice a layer."""

    def __init__(self, name, tp=1):
        self.name, self.tp = name, tp
        d, self.L, hq, hk, self.hd, f, v = SHAPES[name]
        self.d, self.hq, self.hk, self.f, self.v = d, hq // tp, max(1, hk // tp), f // tp, v // tp
        r = lambda *s: torch.randn(*s, device=DEV, dtype=DT) * 0.02
        self.layers = [
            dict(
                n1=torch.ones(d, device=DEV, dtype=DT),
                n2=torch.ones(d, device=DEV, dtype=DT),
                qkv=r((self.hq + 2 * self.hk) * self.hd, d),
                o=r(d, self.hq * self.hd),
                gu=r(2 * self.f, d),
                down=r(d, self.f),
            )
            for _ in range(self.L)
        ]
        self.nf, self.head = torch.ones(d, device=DEV, dtype=DT), r(self.v, d)

    def cache(self, b, n):
        # one physical allocation a layer, so that the cache is really read from memory
        return [
            (torch.zeros(b, self.hk, n, self.hd, device=DEV, dtype=DT), torch.zeros(b, self.hk, n, self.hd, device=DEV, dtype=DT))
            for _ in range(self.L)
        ]

    def step(self, x, kv, n, cos, sin):
        """x (B q, d): activations stay two-dimensional, so that every linear layer is one plain GEMM."""
        b, q = x.shape[0] // cos.shape[0], cos.shape[0]
        for w, (kc, vc) in zip(self.layers, kv):
            h = norm(x, w["n1"])
            qh, kh, vh = rope_split(F.linear(h, w["qkv"]), cos, sin, b, self.hq, self.hk, self.hd)
            kc[:, :, n : n + q].copy_(kh)
            vc[:, :, n : n + q].copy_(vh)
            o = F.scaled_dot_product_attention(qh, kc[:, :, : n + q], vc[:, :, : n + q], enable_gqa=True)
            y = F.linear(merge(o), w["o"])
            if self.tp > 1:
                torch.distributed.all_reduce(y)
            x, h = add_norm(x, y, w["n2"])
            y = F.linear(swiglu(F.linear(h, w["gu"])), w["down"])
            if self.tp > 1:
                torch.distributed.all_reduce(y)
            x = add(x, y)
        return F.linear(F.rms_norm(x, (self.d,), self.nf, 1e-6), self.head).argmax(-1)


def graphed(fn):
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        for _ in range(2):
            fn()
    torch.cuda.current_stream().wait_stream(s)
    torch.cuda.synchronize()
    g = torch.cuda.CUDAGraph()
    with torch.cuda.graph(g):
        fn()
    return g


def timed(replay, budget_s=0.25, most=60, least=9, runs=None):
    """Median, least, 90th percentile in ms; runs are queued, not awaited one by one.

    As many as fill the budget, or `runs` where several processes must agree on the number."""
    t0 = time.perf_counter()
    for _ in range(3):
        replay()
    torch.cuda.synchronize()
    n = runs or max(least, min(most, int(budget_s * 3 / (time.perf_counter() - t0))))
    e = [torch.cuda.Event(enable_timing=True) for _ in range(n + 1)]
    e[0].record()
    for i in range(n):
        replay()
        e[i + 1].record()
    torch.cuda.synchronize()
    t = sorted(a.elapsed_time(b) for a, b in zip(e, e[1:]))
    return dict(ms=round(statistics.median(t), 5), min=round(t[0], 5), p90=round(t[int(0.9 * (len(t) - 1))], 5), runs=len(t))


def prepared(model, b, q, kv, cache):
    x = torch.randn(b * q, model.d, device=DEV, dtype=DT)
    cos, sin = torch.randn(q, model.hd // 2, device=DEV, dtype=DT), torch.randn(q, model.hd // 2, device=DEV, dtype=DT)
    return graphed(lambda: model.step(x, cache, kv, cos, sin))


def sweep_steps(model, points, out, key):
    """points: (batch, q, kv); the cache is made once per (batch, kv)."""
    held, cache = None, None
    for b, q, kv in points:
        if held != (b, kv):
            cache = None
            gc.collect()
            torch.cuda.empty_cache()
            try:
                cache = model.cache(b, kv + 1024)
            except torch.OutOfMemoryError:
                continue
            held = (b, kv)
        try:
            g = prepared(model, b, q, kv, cache)
        except torch.OutOfMemoryError:
            continue
        out[key].append(dict(model=model.name, batch=b, q=q, kv=kv, **timed(g.replay)))
        del g
    cache = None
    gc.collect()
    torch.cuda.empty_cache()


def attention(out):
    for hq, hk, d in ((12, 2, 128), (32, 8, 128), (64, 8, 128), (9, 3, 64)):
        for b in (1, 2, 4, 8, 16, 32, 64):
            for kv in (1024, 4096):
                bufs = []
                copies = max(2, min(12, int(3e8 / (b * hk * kv * d * 4)) + 1))  # more than the L2 in turn
                for _ in range(copies):
                    bufs.append([torch.randn(b, hk, kv + 512, d, device=DEV, dtype=DT) for _ in range(2)])
                for q in (1, 2, 20, 64, 72, 128, 272):
                    if b * q > 4608:
                        continue
                    qs = torch.randn(b, hq, q, d, device=DEV, dtype=DT)

                    def run():
                        for k, v in bufs:
                            F.scaled_dot_product_attention(qs, k[:, :, : kv + q], v[:, :, : kv + q], enable_gqa=True)

                    r = timed(graphed(run).replay, 0.05, 15)
                    out["attention"].append(dict(heads=hq, kv_heads=hk, head=d, batch=b, q=q, kv=kv, us=round(r["ms"] * 1e3 / copies, 3)))
                del bufs


ROWS = (1, 8, 16, 32, 64, 128, 256, 512, 1024)


def gemm(out):
    shapes = ((6144, 4096), (4096, 4096), (24576, 4096), (4096, 12288), (17920, 1536), (2048, 1536), (1536, 1536), (1536, 8960), (3072, 4096), (4096, 2048), (12288, 4096), (4096, 6144))
    for o, i in shapes:
        n = max(2, int(3e8 / (o * i * 2)) + 1)
        ws = [torch.randn(o, i, device=DEV, dtype=DT) * 0.02 for _ in range(min(n, 80))]
        for m in (1, 64, 128, 256, 512, 1024, 1536, 2048, 2304, 3072, 4096):
            x = torch.randn(m, i, device=DEV, dtype=DT)
            r = timed(graphed(lambda: [F.linear(x, w) for w in ws]).replay, 0.06, 15)
            out["gemm"].append(dict(out=o, inn=i, m=m, us=round(r["ms"] * 1e3 / len(ws), 3)))


def quant(out):
    for o, i in ((6144, 4096), (4096, 4096), (24576, 4096), (4096, 12288)):
        n = int(3e8 / (o * i)) + 2
        ws = [torch.randn(o, i, device=DEV).to(torch.float8_e4m3fn) for _ in range(n)]
        one = torch.ones((), device=DEV)
        for m in (16, 32, 64, 128, 256, 512, 1024, 2048):
            x = torch.randn(m, i, device=DEV).to(torch.float8_e4m3fn)
            try:
                r = timed(graphed(lambda: [torch._scaled_mm(x, w.t(), one, one, out_dtype=DT) for w in ws]).replay, 0.06, 15)
                out["quant"].append(dict(bits=8, kind="fp8 weights and activations", out=o, inn=i, m=m, us=round(r["ms"] * 1e3 / n, 3)))
            except Exception as e:
                out["failed"].append(f"fp8 {o} {i} {m}: {e}"[:200])
        try:
            n4 = int(6e8 / (o * i)) + 2
            packed = torch.randint(0, 255, (o, i // 2), device=DEV, dtype=torch.uint8)
            w4 = [torch.ops.aten._convert_weight_to_int4pack(packed, 8) for _ in range(n4)]
            sz = torch.randn(i // 128, o, 2, device=DEV, dtype=DT)
            for m in (1, 8, 16, 32, 64, 128):
                x = torch.randn(m, i, device=DEV, dtype=DT)
                r = timed(graphed(lambda: [torch.ops.aten._weight_int4pack_mm(x, w, 128, sz) for w in w4]).replay, 0.06, 15)
                out["quant"].append(dict(bits=4, kind="int4 weights, groups of 128, bf16 activations", out=o, inn=i, m=m, us=round(r["ms"] * 1e3 / n4, 3)))
        except Exception as e:
            out["failed"].append(f"int4 {o} {i}: {e}"[:200])


def moe(out):
    """One grouped GEMM over the experts that were touched, rows spread evenly: Qwen3-30B-A3B's and Mixtral's shapes."""
    for inn, o, experts in ((2048, 1536, 128), (768, 2048, 128), (4096, 28672, 8), (14336, 4096, 8)):
        w = torch.randn(experts, o, inn, device=DEV, dtype=DT) * 0.02
        for touched in (8, 32, 128):
            if touched > experts:
                continue
            for each in (1, 4, 16, 64):
                x = torch.randn(touched * each, inn, device=DEV, dtype=DT)
                offs = torch.arange(1, touched + 1, device=DEV, dtype=torch.int32) * each
                wt = w[:touched].transpose(1, 2)
                try:
                    r = timed(graphed(lambda: [torch._grouped_mm(x, wt, offs=offs) for _ in range(4)]).replay, 0.05, 15)
                    out["moe"].append(dict(inn=inn, out=o, touched=touched, each=each, us=round(r["ms"] * 1e3 / 4, 3)))
                except Exception as e:
                    out["failed"].append(f"moe {inn} {o} {touched} {each}: {e}"[:200])
        del w


def trace(model, points, out):
    from torch.profiler import profile, ProfilerActivity

    for b, q, kv in points:
        cache = model.cache(b, kv + 1024)
        g = prepared(model, b, q, kv, cache)
        with profile(activities=[ProfilerActivity.CUDA]) as p:
            g.replay()
            torch.cuda.synchronize()
        ev = sorted((e.time_range.start, e.time_range.elapsed_us(), e.name) for e in p.events() if e.device_type == torch.autograd.DeviceType.CUDA)
        if ev:
            t0 = ev[0][0]
            keep = ev[: 60] + ev[-8:]
            out["traces"].append(dict(model=model.name, batch=b, q=q, kv=kv, count=len(ev), note="first 60 and last 8 kernels", kernels=[[n[:90], round(s - t0, 2), round(d, 2)] for s, d, n in keep]))
        del g, cache
        gc.collect()
        torch.cuda.empty_cache()


class Energy:
    """The board's own energy counter, in mJ (NVML)."""

    def __init__(self):
        self.n = ctypes.CDLL("libnvidia-ml.so.1")
        self.n.nvmlInit_v2()
        self.h = ctypes.c_void_p()
        self.n.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(self.h))

    def mj(self):
        v = ctypes.c_ulonglong()
        self.n.nvmlDeviceGetTotalEnergyConsumption(self.h, ctypes.byref(v))
        return v.value


def energy(model, points, out):
    e = Energy()
    if not any(r.get("idle") for r in out["energy"]):
        torch.cuda.synchronize()
        time.sleep(2)
        a, t = e.mj(), time.perf_counter()
        time.sleep(2)
        out["energy"].append(dict(idle=True, watts=round((e.mj() - a) / 1e3 / (time.perf_counter() - t), 1)))
    for b, q, kv in points:
        cache = model.cache(b, kv + 1024)
        g = prepared(model, b, q, kv, cache)
        one = timed(g.replay)["ms"]
        n = max(8, int(1200 / one))
        for _ in range(n):
            g.replay()
        torch.cuda.synchronize()
        a, t = e.mj(), time.perf_counter()
        for _ in range(2 * n):
            g.replay()
        torch.cuda.synchronize()
        s = time.perf_counter() - t
        mj = e.mj() - a
        out["energy"].append(dict(model=model.name, batch=b, q=q, kv=kv, ms=one, ms_sustained=round(s * 1e3 / (2 * n), 4), mJ_per_step=round(mj / (2 * n), 2), watts=round(mj / 1e3 / s, 1), steps=2 * n))
        del g, cache
        gc.collect()
        torch.cuda.empty_cache()


def tensor_parallel(rank, world, path):
    """All-reduces of many sizes, then decode steps with heads and MLP columns shared among the GPUs; NCCL in the graph."""
    import os
    import torch.distributed as dist

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29517", NCCL_NVLS_ENABLE="0")
    torch.cuda.set_device(rank)
    dist.init_process_group("nccl", rank=rank, world_size=world, device_id=torch.device("cuda", rank))
    torch._dynamo.config.cache_size_limit = 256
    out = dict(all_reduce=[], steps=[], failed=[])
    with torch.no_grad():
        for n in [1 << i for i in range(11, 26)]:
            x = torch.zeros(n // 2, device=DEV, dtype=DT)
            dist.all_reduce(x)
            g = graphed(lambda: [dist.all_reduce(x) for _ in range(20)])
            dist.barrier()
            out["all_reduce"].append(dict(gpus=world, bytes=n, us=round(timed(g.replay, runs=15)["ms"] * 1e3 / 20, 3)))
            del g
        print(rank, out["all_reduce"][-1], flush=True)
        for name in ("Qwen2.5-1.5B", "Qwen3-8B"):
            m = Model(name, world)
            for b, q, kv in [(1, q, kv) for kv in (1024, 4096) for q in (1, 2, 20, 72, 272)] + [(8, 1, 1024), (8, 20, 1024), (8, 72, 1024), (32, 1, 1024), (32, 20, 1024)]:
                cache = m.cache(b, kv + 512)
                g = prepared(m, b, q, kv, cache)
                dist.barrier()
                out["steps"].append(dict(model=name, tp=world, batch=b, q=q, kv=kv, **timed(g.replay, runs=30)))
                del g, cache
                if rank == 0:
                    json.dump(out, open(path, "w"))
            del m
            gc.collect()
            torch.cuda.empty_cache()
    if rank == 0:
        json.dump(out, open(path, "w"))
    dist.barrier()
    os._exit(0)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--models", default="Qwen2.5-1.5B,Qwen3-8B")
    a.add_argument("--parts", default="steps,batch,attention,gemm,quant,moe,trace,energy")
    a.add_argument("--batches", default="2,4,8,16,32,64")
    a.add_argument("--slots", default="1,2,20,72,272")
    a.add_argument("--contexts", default="1024,4096")
    a.add_argument("--tp", type=int, default=1, help="measure tensor parallelism over this many GPUs instead")
    arg = a.parse_args()
    if arg.tp > 1:
        return torch.multiprocessing.spawn(tensor_parallel, (arg.tp, arg.out), arg.tp)
    parts = arg.parts.split(",")
    torch.manual_seed(0)
    torch._dynamo.config.cache_size_limit = 256
    p = torch.cuda.get_device_properties(0)
    out = dict(meta=dict(gpu=p.name, torch=torch.__version__, cuda=torch.version.cuda, sms=p.multi_processor_count, l2=p.L2_cache_size, date=time.strftime("%Y-%m-%d"), method=" ".join(__doc__.split())), steps=[], batch=[], attention=[], gemm=[], quant=[], moe=[], traces=[], energy=[], failed=[])
    save = lambda: json.dump(out, open(arg.out, "w"))
    n = torch.randn(8192, 8192, device=DEV, dtype=DT)
    out["meta"]["gemm8192_TFLOPs"] = round(2 * 8192**3 / timed(lambda: n @ n, 0.3, 30)["ms"] / 1e9, 1)
    big = torch.randn(1 << 31, device=DEV, dtype=DT)
    out["meta"]["read_GBps"] = round(big.numel() * 2 / timed(lambda: big.view(torch.int16).amax(), 0.3, 30)["ms"] / 1e6, 1)
    del big, n
    t0 = time.time()
    slots, contexts = [int(x) for x in arg.slots.split(",")], [int(x) for x in arg.contexts.split(",")]
    for fn in (attention, gemm, quant, moe):
        if fn.__name__ in parts:
            with torch.no_grad():
                try:
                    fn(out)
                except Exception as e:
                    out["failed"].append(f"{fn.__name__}: {e}"[:300])
            gc.collect()
            torch.cuda.empty_cache()
            save()
            print(fn.__name__, round(time.time() - t0), flush=True)
    for name in arg.models.split(","):
        with torch.no_grad():
            m = Model(name)
            jobs = dict(
                steps=lambda: sweep_steps(m, [(1, q, kv) for kv in contexts for q in slots], out, "steps"),
                batch=lambda: sweep_steps(m, [(b, q, kv) for b in (int(x) for x in arg.batches.split(",")) for kv in contexts for q in slots if b * q <= 4608], out, "batch"),
                trace=lambda: trace(m, [(1, 1, 1024), (8, 1, 1024), (8, 20, 1024), (32, 72, 1024)], out),
                energy=lambda: energy(m, [(1, 1, 1024), (1, 72, 1024), (1, 272, 1024), (8, 1, 1024), (8, 72, 1024), (32, 1, 1024), (32, 20, 1024), (32, 72, 1024)], out),
            )
            for k, job in jobs.items():
                if k in parts:
                    try:
                        job()
                    except Exception as e:
                        out["failed"].append(f"{name} {k}: {e}"[:300])
                    save()
                    print(name, k, round(time.time() - t0), flush=True)
            del m
            gc.collect()
            torch.cuda.empty_cache()
    save()
    print(out["failed"])


if __name__ == "__main__":
    main()

"""What training is alike for every model: rows, rounded weights, optimisers, ranks, reports. The losses are the models' own.

The forward pass sees the weights as they will be served (4-bit linears, 8-bit embedding), the gradient goes straight to their
float32 masters. `torchrun --nproc-per-node N` uses N GPUs.
"""

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from .corpus import Rows
from .lm import Tensors, Weights, layer, scales, snap, unstack
from .loss import chunk_gradients, head_loss, stored_gradients, stored_head_loss
from .model import Config
from .optimise import Muon, schedule
from .pace import Pace
from .quantize import settle
from .resume import Stop
from .slots import Slots
from .stored import PENALTY, Stored


@dataclass(frozen=True)
class Plan:
    """rows: a GPU and step. ar: positions a row whose next token is asked for. Steps, or, if 0, as many as fit `seconds`.
    lr, warmup, decay: see optimise.schedule. quantised: share of the steps, at the end, with rounded weights.
    report: steps from one report to the next. penalty: what is learnt of tokens that only the penalty on repetitions chose, where the
    corpus's distributions are stored; see stored.PENALTY."""

    rows: int = 12
    ar: int = 340
    optimiser: str = "muon"
    lr: float = 8e-4
    warmup: int = 100
    decay: float = 0.4
    weight_decay: float = 0.0
    clip: float = 1.0
    quantised: float = 1.0
    steps: int = 0
    seconds: float = 0.0
    seed: int = 0
    report: int = 50
    penalty: str = "distribution"


class Trainer:
    """weights: what is trained, where it begins; config: its shape; teacher: the frozen model whose distribution the losses follow, or
    on which the trained weights rest, None where `stored` tells that distribution; rows: this rank's own; stored: of the corpus that the rows
    are packed from."""

    FIGURES: tuple[str, ...] = ()  # of figures returned by `losses`

    def __init__(self, weights: Tensors, config: Config, teacher: Weights | None, teacher_config: Config, rows: Rows, plan: Plan, device,
                 say=lambda *a, **b: None, stored: Stored | None = None):  # fmt: skip
        if plan.penalty not in PENALTY:
            raise ValueError(f"penalty is {plan.penalty!r}; use {', '.join(PENALTY)}")
        if teacher is None and stored is None:
            raise ValueError("there is neither a teacher nor its stored distribution")
        self.config, self.teacher_config, self.plan, self.say = config, teacher_config, plan, say
        self.rank, self.world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        self.device = torch.device(device)
        self.gpu = self.device.type == "cuda"
        self.type = torch.bfloat16 if self.gpu else torch.float32
        self.masters = weights.map(lambda _, t: t.to(self.device, torch.float32).clone().requires_grad_())
        self.teacher = None if teacher is None else teacher.to(self.device, self.type)
        self.stored = None if stored is None else stored.to(self.device)
        self.rows = rows.to(self.device)
        wrap = (lambda f: torch.compile(f, dynamic=False)) if self.gpu else (lambda f: f)
        self.layer, self.gradients, self.stored_gradients = wrap(layer), wrap(chunk_gradients), wrap(stored_gradients)
        self.scales, self.snap = wrap(scales), wrap(snap)
        self.generator = torch.Generator(self.device).manual_seed(plan.seed * 1000 + self.rank)
        self.working = self.masters.map(lambda _, t: t.detach().to(self.type).clone().requires_grad_())
        self.optimisers = self._optimisers()

    def losses(self, rows: Rows) -> tuple[Tensor, Tensor | None]:
        """(the loss of a step on these rows, with gradients for `working`; FIGURES, or None where the step is not reported)."""
        raise NotImplementedError

    def next_token_loss(self, states: Tensor, teacher: Tensor, clean: Slots, at: Tensor, greedy: Tensor, hard: float = 0.0):
        """Mean loss of the next tokens against the teacher's distribution. states [B, C, d], teacher [B, C, d']; at [B, a]: slots,
        which predict slot + 1; greedy bool [B, C]. Returns (loss, statistics as in loss.chunk_gradients)."""
        following = at + 1
        n = at.numel()
        even = torch.full((n,), 1.0, device=self.device)
        return head_loss(
            pick(states, at), self.working.emb, pick(teacher, at), self.teacher.emb, clean.tokens.gather(1, following).flatten().long(),
            even / n, hard * even, greedy.gather(1, following).flatten(), gradients=self.gradients,
        )  # fmt: skip

    def stored_next_token_loss(self, states: Tensor, rows: Rows, at: Tensor, hard: float = 0.0):
        """As next_token_loss, against the stored distribution; positions of which nothing is stored (questions') weigh nothing."""
        following = at + 1
        target = self.stored.at(rows.source.gather(1, following).flatten())
        share = torch.full((at.numel(),), hard, device=self.device)
        return stored_head_loss(
            pick(states, at), self.working.emb, target, rows.tokens.gather(1, following).flatten().long(),
            target.weight(self.plan.penalty) / at.numel(), share, target.forced(self.plan.penalty), gradients=self.stored_gradients,
        )  # fmt: skip

    def _optimisers(self):
        p, m = self.plan, self.masters
        linears = [getattr(m, name) for name in m.LINEARS]
        others = [t for name, t in m.items() if name not in m.LINEARS]
        adam = lambda params: torch.optim.AdamW(params, lr=p.lr, betas=(0.9, 0.95), weight_decay=p.weight_decay, fused=self.gpu)
        if p.optimiser == "adamw":
            return [adam(linears + others)]
        if p.optimiser != "muon":
            raise ValueError(f"optimiser is {p.optimiser!r}; use 'adamw' or 'muon'")
        c = self.config
        h, g = c.heads * c.head_size, c.kv_heads * c.head_size
        if not linears:
            raise ValueError(f"{type(m).__name__} has no stacks of linears for Muon; use optimiser=adamw")
        return [Muon(linears, p.lr, splits={m.qkv: [h, g, g], m.gu: [c.ffn, c.ffn]}), adam(others)]

    @torch.no_grad()
    def refresh(self, quantised: bool) -> None:
        """Copies the masters into the working weights, rounded as they will be served if asked."""
        for (name, work), (_, master) in zip(self.working.items(), self.masters.items()):
            if quantised and name in self.masters.BITS:
                bits = self.masters.BITS[name]
                work.copy_(self.snap(master.detach(), self.scales(master.detach(), bits), bits))
            else:
                work.copy_(master)
            work.grad = None

    def checkpoint(self, masters: Tensors) -> dict[str, Tensor]:
        """What the checkpoint holds of these masters (on a CPU): matrices so that their 4-bit values survive it."""
        return unstack(settled(masters), self.config)

    def update(self, factor: float) -> Tensor:
        """Averages gradients over the ranks, clips, steps. Returns the gradient's norm."""
        for (_, work), (_, master) in zip(self.working.items(), self.masters.items()):
            if self.world > 1:
                dist.all_reduce(work.grad)
            master.grad = work.grad.float() / self.world
        norm = torch.nn.utils.clip_grad_norm_([t for _, t in self.masters.items()], self.plan.clip)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.plan.lr * factor
            optimiser.step()
        return norm

    def state(self, step: int) -> dict:
        """What a run goes on from: masters, optimisers, and the steps done. On the trainer's device, not copied."""
        return {"step": step, "masters": dict(self.masters.items()), "optimisers": [o.state_dict() for o in self.optimisers]}

    def go_on(self, state: dict) -> None:
        """Takes over a state. What is drawn from here on differs from what an uninterrupted run would have drawn."""
        with torch.no_grad():
            for name, master in self.masters.items():
                master.copy_(state["masters"][name])
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        self.generator.manual_seed((self.plan.seed + 7919 * state["step"]) * 1000 + self.rank)

    def batches(self, begin: int = 0):
        """Endless batches of rows, in a new order every epoch; from the `begin`-th."""
        p = self.plan
        each = len(self.rows) // p.rows
        if not each:
            raise ValueError(f"the corpus fills {len(self.rows)} rows, fewer than the {p.rows} of one step")
        epoch, first = divmod(begin, each)
        while True:
            order = torch.randperm(len(self.rows), generator=torch.Generator().manual_seed(p.seed + epoch)).to(self.device)
            for i in range(first, each):
                yield self.rows[order[i * p.rows : (i + 1) * p.rows]]
            epoch, first = epoch + 1, 0

    def step(self, rows: Rows, factor: float, quantised: bool) -> Tensor | None:
        """One step at `factor` of the peak rate. Returns FIGURES, the gradient's norm and 1, or None."""
        self.refresh(quantised)
        loss, figures = self.losses(rows)
        loss.backward()
        norm = self.update(factor)
        return None if figures is None else torch.cat((figures, torch.stack((norm, torch.ones_like(norm)))))

    def same_steps(self):
        """Endless steps at a fixed rate, one each `next`: for measurements."""
        for rows in self.batches():
            yield self.step(rows, 0.1, quantised=True)

    def train(self, save=lambda trainer, step: None, save_every: float = 150, state: dict | None = None, stop: Stop | None = None) -> list[dict]:
        """Runs the plan, from `state` if there is one. save(trainer, steps done) is called now and then on rank 0, and, when `stop` was
        asked for, once more before the process ends. Returns the reports, one every plan.report steps."""
        p = self.plan
        first = 0
        if state is not None:
            first = state["step"]
            self.go_on(state)
        pace, source, reports, sums = Pace(p.steps, p.seconds, self.device, first), self.batches(first), [], None
        mark = saved = 0.0
        reported = first
        while not pace.done:
            factor = schedule(pace.step, pace.total, p.warmup, p.decay)
            figures = self.step(next(source), factor, quantised=pace.step >= pace.total * (1 - p.quantised))
            pace.step += 1
            if stop is not None and stop.asked:
                save(self, pace.step)
                self.say("stopped", step=pace.step, steps=pace.total)
                stop.leave()
            if figures is not None:
                sums = figures if sums is None else sums + figures
            regular = pace.step % p.report == 0 or pace.done
            if not regular and not pace.due:
                continue
            if self.gpu:
                torch.cuda.synchronize()
            seconds_a_step = pace.measure()
            if pace.due:
                self.say("plan", step_ms=round(seconds_a_step * 1000, 1), steps=pace.total)
            if sums is not None and regular:
                values = (sums / sums[-1]).tolist()
                report = dict(zip((*self.FIGURES, "grad_norm"), (round(v, 4) for v in values)))
                tokens = (pace.step - reported) * p.rows * self.world * self.rows.tokens.shape[1]
                report |= {"step": pace.step, "steps": pace.total, "tokens_per_s": round(tokens / (pace.elapsed - mark)), "lr": p.lr * factor}
                reports.append(report)
                self.say("train", **report, **self._memory())
                mark, reported, sums = pace.elapsed, pace.step, None
            if self.rank == 0 and pace.elapsed - saved > save_every:
                save(self, pace.step)
                saved = pace.elapsed
        self.steps = pace.step
        return reports

    def _memory(self) -> dict:
        return {"gpu_gb": round(torch.cuda.max_memory_allocated() / 1e9, 1)} if self.gpu else {}


def settled(masters: Tensors) -> Tensors:
    """Masters whose 4-bit values survive a checkpoint's 8 bits (quantize.settle)."""
    return masters.map(lambda name, t: settle(t) if masters.BITS.get(name) == 4 else t)


def pick(states: Tensor, at: Tensor) -> Tensor:
    """states [B, S, d] at slots `at` [B, n]: [B n, d]."""
    return states.gather(1, at[..., None].expand(-1, -1, states.shape[-1])).flatten(0, 1)


def draw_positions(rows: Rows, count: int, generator: torch.Generator) -> Tensor:
    """`count` slots a row [B, count], drawn without replacement among the answers' tokens (others where they are too few), never the row's
    first."""
    noise = torch.rand(rows.tokens.shape, device=rows.tokens.device, generator=generator) + rows.answer
    return noise.topk(count, -1).indices.clamp(min=1)

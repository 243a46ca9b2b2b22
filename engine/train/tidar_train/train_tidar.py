"""Stage `train tidar`: from a checkpoint towards a model that drafts a block of tokens in the pass that verifies the last.

A row holds C clean tokens and M masks, in blocks of k behind positions drawn anew each time. Two losses:
    AR         the text half against the frozen base's distribution, at positions drawn from the answers
    diffusion  the masks against the token and the base's distribution there
after Liu et al., TiDAR (arXiv 2511.08923). The forward pass sees the weights as they will be served (4-bit linears, 8-bit
embedding), the gradient goes straight to their float32 masters. `torchrun --nproc-per-node N` uses N GPUs.
"""

import random
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from .corpus import Rows
from .lm import Weights, dense_attention, hidden, layer, scales, snap
from .loss import chunk_gradients, head_loss
from .model import Config
from .optimise import Muon, schedule
from .pace import Pace
from .slots import Slots, clean_slots, with_blocks


@dataclass(frozen=True)
class TrainingPlan:
    """rows: a GPU and step. masks: M. ar: AR loss positions a row. blocks: (k, share of steps). hard: share of the
    diffusion loss against the token. first, fade: weight of place 0 in a block (its prediction goes unused when AR is
    trusted), and the factor from each place to the next. reach: see chunk_gradients. Steps, or, if 0, as many as fit
    `seconds`. quantised: share of the steps, at the end, with rounded weights."""

    rows: int = 12
    masks: int = 2048
    ar: int = 340
    blocks: tuple[tuple[int, float], ...] = ((8, 0.7), (16, 0.15), (4, 0.15))
    hard: float = 0.5
    first: float = 0.25
    fade: float = 0.85
    reach: float = 0.0
    ar_weight: float = 1.0
    optimiser: str = "adamw"
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


@dataclass
class Batch:
    """slots: rows with blocks. clean: their text half alone. ar_at [B, a]: slots whose next token the AR loss asks for.
    target [B, M]: clean index that each mask predicts; valid [B, M]: it is an answer's token of the same document.
    greedy [B, C]: the slot's document was decoded at temperature 0."""

    slots: Slots
    clean: Slots
    ar_at: Tensor
    target: Tensor
    valid: Tensor
    greedy: Tensor


def draw(rows: Rows, masks: int, ar: int, k: int, generator: torch.Generator) -> Batch:
    """Draws block starts and AR positions, without replacement, among the answers' tokens."""
    B, C = rows.tokens.shape
    clean = clean_slots(rows.tokens, rows.first.int(), rows.shared.int())
    noise = lambda: torch.rand(B, C, device=rows.tokens.device, generator=generator) + rows.answer
    starts = noise().topk(masks // k, -1).indices.sort(-1).values.clamp(min=1)  # sorted: neighbours share documents
    after = starts - 1
    target = (starts[..., None] + torch.arange(k, device=starts.device)).flatten(1)
    inside = target.clamp(max=C - 1)
    document = lambda index: rows.first.gather(1, index)
    valid = (target < C) & rows.answer.gather(1, inside) & (document(inside) == document(after.repeat_interleave(k, 1)))
    ar_at = noise().topk(ar, -1).indices.clamp(min=1) - 1
    return Batch(with_blocks(clean, after, k), clean, ar_at, inside, valid, rows.greedy)


class Attention:
    """Attention under masks that change every step: FlexAttention over static buffers on a GPU, dense on a CPU."""

    def __init__(self, slots: Slots):
        self.slots = slots.clone()
        self.flex = slots.tokens.is_cuda
        if not self.flex:
            return
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        B, S = slots.tokens.shape
        rule = self.slots.rule()
        make = torch.compile(create_block_mask, dynamic=False)
        self._make = lambda: make(rule, B, None, S, S, device="cuda")
        self.mask = self._make()
        mask = self.mask
        self.attend = lambda q, k, v: flex_attention(q, k, v, block_mask=mask, enable_gqa=True)

    TENSORS = ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices",
               "q_num_blocks", "q_indices", "full_q_num_blocks", "full_q_indices")  # fmt: skip

    def update(self, slots: Slots):
        """Takes the step's masks; returns attend(q, k, v)."""
        self.slots.copy_(slots)
        if not self.flex:
            return dense_attention(self.slots)
        new = self._make()
        for name in self.TENSORS:
            getattr(self.mask, name).copy_(getattr(new, name))
        return self.attend


class Trainer:
    def __init__(self, weights: Weights, teacher: Weights, config: Config, rows: Rows, plan: TrainingPlan, device, say=lambda *a, **b: None):
        self.config, self.plan, self.say = config, plan, say
        self.rank, self.world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        self.device = torch.device(device)
        self.gpu = self.device.type == "cuda"
        self.type = torch.bfloat16 if self.gpu else torch.float32
        self.masters = weights.map(lambda _, t: t.to(self.device, torch.float32).clone().requires_grad_())
        self.teacher = teacher.to(self.device, self.type)
        self.rows = rows.to(self.device)
        wrap = (lambda f: torch.compile(f, dynamic=False)) if self.gpu else (lambda f: f)
        self.layer, self.gradients = wrap(layer), wrap(chunk_gradients)
        self.scales, self.snap = wrap(scales), wrap(snap)
        self.generator = torch.Generator(self.device).manual_seed(plan.seed * 1000 + self.rank)
        self.working = self.masters.map(lambda _, t: t.detach().to(self.type).clone().requires_grad_())
        self.optimisers = self._optimisers()
        self.student_attention = self.teacher_attention = None

    def _optimisers(self):
        p, m = self.plan, self.masters
        linears = [getattr(m, name) for name in Weights.LINEARS]
        others = [t for name, t in m.items() if name not in Weights.LINEARS]
        adam = lambda params: torch.optim.AdamW(params, lr=p.lr, betas=(0.9, 0.95), weight_decay=p.weight_decay, fused=self.gpu)
        if p.optimiser == "adamw":
            return [adam(linears + others)]
        if p.optimiser != "muon":
            raise ValueError(f"optimiser is {p.optimiser!r}; use 'adamw' or 'muon'")
        c = self.config
        h, g = c.heads * c.head_size, c.kv_heads * c.head_size
        return [Muon(linears, p.lr, splits={m.qkv: [h, g, g], m.gu: [c.ffn, c.ffn]}), adam(others)]

    @torch.no_grad()
    def refresh(self, quantised: bool) -> None:
        """Copies the masters into the working weights, rounded as they will be served if asked."""
        for (name, work), (_, master) in zip(self.working.items(), self.masters.items()):
            if quantised and name in (*Weights.LINEARS, "emb"):
                bits = 4 if name in Weights.LINEARS else 8
                work.copy_(self.snap(master.detach(), self.scales(master.detach(), bits), bits))
            else:
                work.copy_(master)
            work.grad = None

    def losses(self, batch: Batch, k: int):
        """(AR loss, diffusion loss, AR statistics [B a, 4], diffusion statistics [B M, 4])."""
        p, c = self.plan, self.config
        B, C = batch.clean.tokens.shape
        if self.student_attention is None:
            self.student_attention, self.teacher_attention = Attention(batch.slots), Attention(batch.clean)
        with torch.no_grad():
            teacher = hidden(self.teacher, batch.clean, C, self.teacher_attention.update(batch.clean), c, self.layer)
        states = hidden(self.working, batch.slots, C, self.student_attention.update(batch.slots), c, self.layer)
        pick = lambda h, at: h.gather(1, at[..., None].expand(-1, -1, h.shape[-1])).flatten(0, 1)
        # AR: slot i predicts token i + 1.
        ar_states = pick(states[:, :C], batch.ar_at)
        n = ar_states.shape[0]
        flat = lambda x: torch.full((x,), 1.0, device=self.device)
        ar, ar_figures = head_loss(
            ar_states, self.working.emb, pick(teacher, batch.ar_at), self.teacher.emb,
            batch.clean.tokens.gather(1, batch.ar_at + 1).flatten().long(), flat(n) / n, 0 * flat(n),
            batch.greedy.gather(1, batch.ar_at + 1).flatten(), gradients=self.gradients,
        )  # fmt: skip
        place = torch.arange(k, device=self.device)
        base = torch.where(place == 0, p.first, p.fade ** (place - 1.0))
        weight = (base * k / base.sum()).repeat(p.masks // k) * batch.valid
        m = weight.numel()
        diffusion, figures = head_loss(
            states[:, C:].flatten(0, 1), self.working.emb, pick(teacher, batch.target - 1), self.teacher.emb,
            batch.clean.tokens.gather(1, batch.target).flatten().long(), weight.flatten() / batch.valid.sum(), p.hard * flat(m),
            batch.greedy.gather(1, batch.target).flatten(), k, p.reach, gradients=self.gradients,
        )  # fmt: skip
        return ar, diffusion, ar_figures, figures

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

    def batches(self):
        """Endless indices of rows, in a new order every epoch. Every rank has rows of its own."""
        p, epoch = self.plan, 0
        if len(self.rows) < p.rows:
            raise ValueError(f"the corpus fills {len(self.rows)} rows, fewer than the {p.rows} of one step")
        while True:
            order = torch.randperm(len(self.rows), generator=torch.Generator().manual_seed(p.seed + epoch)).to(self.device)
            for a in range(0, len(order) - p.rows + 1, p.rows):
                yield order[a : a + p.rows]
            epoch += 1

    def step(self, which: Tensor, k: int, factor: float, quantised: bool):
        """One step on the rows `which` with blocks of k, at `factor` of the peak rate."""
        self.refresh(quantised)
        batch = draw(self.rows[which], self.plan.masks, self.plan.ar, k, self.generator)
        ar, diffusion, ar_figures, figures = self.losses(batch, k)
        (self.plan.ar_weight * ar + diffusion).backward()
        return ar, diffusion, self.update(factor), ar_figures, figures, batch

    def steps_of_size(self, k: int):
        """Endless steps with blocks of k at a fixed rate, one each `next`: for measurements."""
        for which in self.batches():
            yield self.step(which, k, 0.1, quantised=True)

    def train(self, save=lambda trainer: None, save_every: float = 150) -> list[dict]:
        """Runs the plan. Returns the reports, one every plan.report steps."""
        p = self.plan
        choose = random.Random(p.seed)
        pace, source, reports, sums = Pace(p.steps, p.seconds, self.device), self.batches(), [], None
        mark = saved = 0.0
        reported = 0
        while not pace.done:
            step, sizes = pace.step, [k for k, _ in p.blocks]
            # Each size once, to compile it; then by chance, the same on all ranks.
            k = sizes[step] if step < len(sizes) else choose.choices(sizes, [share for _, share in p.blocks])[0]
            ar, diffusion, norm, ar_figures, figures, batch = self.step(
                next(source), k, schedule(step, pace.total, p.warmup, p.decay), quantised=step >= pace.total * (1 - p.quantised)
            )
            pace.step += 1
            if k == sizes[0]:
                row = self._figures(ar, diffusion, norm, ar_figures, figures, batch, k)
                sums = row if sums is None else sums + row
            regular = pace.step % p.report == 0 or pace.done
            if not regular and not pace.due:
                continue
            self._sync()
            seconds_a_step = pace.measure()
            if pace.due:
                self.say("plan", step_ms=round(seconds_a_step * 1000, 1), steps=pace.total)
            if sums is not None and (regular or pace.done):
                values = (sums / sums[-1]).tolist()
                report = dict(zip(self.FIGURES, (round(v, 4) for v in values)))
                tokens = (pace.step - reported) * p.rows * self.world * self.rows.tokens.shape[1]
                report |= {"step": pace.step, "steps": pace.total, "tokens_per_s": round(tokens / (pace.elapsed - mark)),
                           "lr": p.lr * schedule(pace.step, pace.total, p.warmup, p.decay)}  # fmt: skip
                reports.append(report)
                self.say("train", **report, **self._memory())
                mark, reported, sums = pace.elapsed, pace.step, None
            if self.rank == 0 and pace.elapsed - saved > save_every:
                save(self)
                saved = pace.elapsed
        return reports

    FIGURES = ("ar", "ar_agreement", "diffusion", "place1", "place2", "place3", "tokens_a_pass", "grad_norm")

    def _figures(self, ar, diffusion, norm, ar_figures, figures, batch: Batch, k: int) -> Tensor:
        """The report's sums for one step, and 1. tokens_a_pass: 1 + drafts 2..k right in a row, against greedy text."""
        with torch.no_grad():
            valid = batch.valid.view(-1, k)
            right = figures[:, 2].view(-1, k) * valid
            greedy = (batch.greedy.gather(1, batch.target).view(-1, k) & valid)[:, 0]
            share = lambda i: right[:, i].sum() / valid[:, i].sum()
            passes = 1 + (right[:, 1:].cumprod(-1).sum(-1) * greedy).sum() / greedy.sum().clamp(min=1)
            one = torch.ones((), device=self.device)
            return torch.stack([ar.detach(), ar_figures[:, 3].mean(), diffusion.detach(), share(1), share(2), share(3), passes, norm, one])

    def _sync(self) -> None:
        if self.gpu:
            torch.cuda.synchronize()

    def _memory(self) -> dict:
        return {"gpu_gb": round(torch.cuda.max_memory_allocated() / 1e9, 1)} if self.gpu else {}

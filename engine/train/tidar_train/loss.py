"""Cross-entropy and distillation straight from the states before the head, a chunk of positions at a time.

The logits of a step would be the largest tensor of all (28 k positions x 49152); here they live only in a chunk, and
the gradients of states and head are made in the forward pass. Idea: Hsu et al., Liger Kernel, arXiv 2410.10989.
n: positions, V: vocabulary, d: width, k: block size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK = 4096


def chunk_gradients(student, teacher, token, weight, hard, greedy, k: int, reach: float):
    """Loss of a chunk and its gradient.

    student, teacher: logits [n, V]. token int [n]: the text's token. weight [n]. hard [n]: share of the loss that is
    cross-entropy against the token; the rest is against the teacher's distribution. greedy bool [n]: the text was
    decoded without chance, so a token that is not the teacher's first choice was put there by the repetition
    penalty, and the token alone is the target.
    k > 0: positions are blocks of k; place i >= 2 (from 0) is weighted by (1 - reach) + reach * P(places 1..i-1 right),
    the chance under the student that decoding gets that far.
    Returns (gradient of sum(weight * loss) by student's logits [n, V], in their type; statistics [n, 4]: loss, -log p(token),
    student's first choice is the token, student's first choice is the teacher's).
    """
    kept = student.dtype
    student, teacher = student.float(), teacher.float()
    log_p = student - student.logsumexp(-1, keepdim=True)
    p_teacher = teacher.softmax(-1)
    choice, teacher_choice = student.argmax(-1), teacher.argmax(-1)
    nll = -log_p.gather(-1, token[:, None]).squeeze(-1)
    soft = -(p_teacher * log_p).sum(-1)
    hard = torch.where(greedy & (teacher_choice != token), 1.0, hard)
    if k > 0 and reach > 0:
        weight = weight * reached(nll, k, reach)
    one_hot = torch.arange(student.shape[-1], device=token.device) == token[:, None]
    target = torch.where(one_hot, hard[:, None] + (1 - hard[:, None]) * p_teacher, (1 - hard[:, None]) * p_teacher)
    gradient = weight[:, None] * (log_p.exp() - target)
    loss = weight * (hard * nll + (1 - hard) * soft)
    return gradient.to(kept), torch.stack((loss, nll, (choice == token).float(), (choice == teacher_choice).float()), -1)


def stored_gradients(student, top, top_log_p, rest, token, weight, hard, forced, k: int, reach: float):
    """As chunk_gradients, but the teacher's distribution is known of its K likeliest tokens alone (stored.py).

    top int64 [n, K], the likeliest first; top_log_p float32 [n, K]; rest float32 [n]: probability of all others. forced bool [n]: the token
    alone is the target. Loss against the teacher: -sum over K of p log q - rest log Q, where q is the student's probability and Q that of all
    tokens but the K: the cross-entropy of the K + 1 outcomes that are known. It falls short of the full cross-entropy by a part that
    speaks of the rest's inside alone, and at K = V the two are one. Its gradient leaves the shape of the student's tail as it is, and pulls
    the tail's sum to `rest`. Q counts as no smaller than 1e-6, which float32 can tell from 0.
    Returns what chunk_gradients returns.
    """
    kept = student.dtype
    student = student.float()
    log_p = student - student.logsumexp(-1, keepdim=True)
    q = log_p.exp()
    known = top_log_p.exp()
    known = known * ((1 - rest) / known.sum(-1))[:, None]  # float16 rounded them
    log_q = log_p.gather(-1, top)
    q_top = log_q.exp()
    tail = (1 - q_top.sum(-1)).clamp(min=1e-6)
    choice = student.argmax(-1)
    nll = -log_p.gather(-1, token[:, None]).squeeze(-1)
    soft = -(known * log_q).sum(-1) - rest * tail.log()
    hard = torch.where(forced, 1.0, hard)
    if k > 0 and reach > 0:
        weight = weight * reached(nll, k, reach)
    one_hot = torch.arange(student.shape[-1], device=token.device) == token[:, None]
    gentle = (1 - hard)[:, None]
    outside = q * (1 - gentle * (rest / tail)[:, None]) - torch.where(one_hot, hard[:, None], 0.0)
    inside = q_top - gentle * known - torch.where(top == token[:, None], hard[:, None], 0.0)
    gradient = (weight[:, None] * outside).to(kept).scatter(1, top, (weight[:, None] * inside).to(kept))
    loss = weight * (hard * nll + (1 - hard) * soft)
    return gradient, torch.stack((loss, nll, (choice == token).float(), (choice == top[:, 0]).float()), -1)


def reached(nll, k: int, reach: float):
    """Factor of each place's weight, [n] like nll: (1 - reach) + reach * P(places 1..i-1 right) for place i >= 2 of its block of k."""
    right = (-nll).exp().view(-1, k)[:, 1:-1]  # places 1..k-2
    chance = torch.cat((torch.ones_like(right[:, :1]), torch.ones_like(right[:, :1]), right.cumprod(-1)), -1)
    return 1 - reach + reach * chance.flatten()


class HeadLoss(torch.autograd.Function):
    """sum over positions of weight * loss. See head_loss. teacher(cut, logits): what `gradients` takes behind the student's logits."""

    @staticmethod
    def forward(ctx, states, head, teacher, token, weight, hard, greedy, k, reach, gradients):
        d_states = torch.empty_like(states)
        trained = ctx.needs_input_grad[1]
        d_head = torch.zeros(head.shape if trained else (), dtype=torch.float32, device=head.device)
        statistics = []
        for a in range(0, len(states), CHUNK):
            cut = slice(a, a + CHUNK)
            logits = F.linear(states[cut], head)
            d_logits, figures = gradients(logits, *teacher(cut, logits), token[cut], weight[cut], hard[cut], greedy[cut], k, reach)
            d_states[cut] = d_logits @ head
            if trained:
                d_head += d_logits.T @ states[cut]
            statistics.append(figures)
        statistics = torch.cat(statistics)
        ctx.save_for_backward(d_states, d_head.to(head.dtype))
        ctx.mark_non_differentiable(statistics)
        return statistics[:, 0].sum(), statistics

    @staticmethod
    def backward(ctx, d_loss, _):
        d_states, d_head = ctx.saved_tensors
        return d_states * d_loss, d_head * d_loss if ctx.needs_input_grad[1] else None, *(None,) * 8


def head_loss(states: Tensor, head: Tensor, teacher_states: Tensor, teacher_head: Tensor, token: Tensor, weight: Tensor,
              hard: Tensor, greedy: Tensor, k: int = 0, reach: float = 0.0, gradients=chunk_gradients):  # fmt: skip
    """states [n, d], head [V, d], frozen or not; teacher_states [n, d'], teacher_head [V, d'], both None where no loss follows a
    teacher (hard 1); the rest as in chunk_gradients.

    n must be a multiple of k where k > 0 (CHUNK is one of 4, 8 and 16 too).
    Returns (loss, a scalar with gradients for states and head; statistics [n, 4]).
    """
    def teacher(cut, logits):
        return (logits if teacher_states is None else F.linear(teacher_states[cut], teacher_head),)

    return HeadLoss.apply(states, head, teacher, token, weight, hard, greedy, k, reach, gradients)


def stored_head_loss(states: Tensor, head: Tensor, target, token: Tensor, weight: Tensor, hard: Tensor, forced: Tensor,
                     k: int = 0, reach: float = 0.0, gradients=stored_gradients):  # fmt: skip
    """As head_loss, against a stored distribution: target is a stored.Target of n positions, `forced` as in stored_gradients."""

    def teacher(cut, _):
        return target.tokens[cut], target.log_p[cut], target.rest[cut]

    return HeadLoss.apply(states, head, teacher, token, weight, hard, forced, k, reach, gradients)

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
        right = (-nll).exp().view(-1, k)[:, 1:-1]  # places 1..k-2
        chance = torch.cat((torch.ones_like(right[:, :1]), torch.ones_like(right[:, :1]), right.cumprod(-1)), -1)
        weight = weight * (1 - reach + reach * chance.flatten())
    one_hot = torch.arange(student.shape[-1], device=token.device) == token[:, None]
    target = torch.where(one_hot, hard[:, None] + (1 - hard[:, None]) * p_teacher, (1 - hard[:, None]) * p_teacher)
    gradient = weight[:, None] * (log_p.exp() - target)
    loss = weight * (hard * nll + (1 - hard) * soft)
    return gradient.to(kept), torch.stack((loss, nll, (choice == token).float(), (choice == teacher_choice).float()), -1)


class HeadLoss(torch.autograd.Function):
    """sum over positions of weight * loss. See head_loss."""

    @staticmethod
    def forward(ctx, states, head, teacher_states, teacher_head, token, weight, hard, greedy, k, reach, gradients):
        d_states = torch.empty_like(states)
        trained = ctx.needs_input_grad[1]
        d_head = torch.zeros(head.shape if trained else (), dtype=torch.float32, device=head.device)
        statistics = []
        for a in range(0, len(states), CHUNK):
            cut = slice(a, a + CHUNK)
            logits = F.linear(states[cut], head)
            teacher = logits if teacher_states is None else F.linear(teacher_states[cut], teacher_head)
            d_logits, figures = gradients(logits, teacher, token[cut], weight[cut], hard[cut], greedy[cut], k, reach)
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
        return d_states * d_loss, d_head * d_loss if ctx.needs_input_grad[1] else None, *(None,) * 9


def head_loss(states: Tensor, head: Tensor, teacher_states: Tensor, teacher_head: Tensor, token: Tensor, weight: Tensor,
              hard: Tensor, greedy: Tensor, k: int = 0, reach: float = 0.0, gradients=chunk_gradients):  # fmt: skip
    """states [n, d], head [V, d], frozen or not; teacher_states [n, d'], teacher_head [V, d'], both None where no loss follows a
    teacher (hard 1); the rest as in chunk_gradients.

    n must be a multiple of k where k > 0 (CHUNK is one of 4, 8 and 16 too).
    Returns (loss, a scalar with gradients for states and head; statistics [n, 4]).
    """
    return HeadLoss.apply(states, head, teacher_states, teacher_head, token, weight, hard, greedy, k, reach, gradients)

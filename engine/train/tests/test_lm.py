import torch
from tiny import CONFIG

from tidar_train.lm import dense_attention, hidden, random_weights, scales, snap, stack, unstack
from tidar_train.loss import chunk_gradients, head_loss
from tidar_train.model import load
from tidar_train.quantize import dequantize, quantize
from tidar_train.slots import clean_slots, with_blocks


def test_equals_the_reference_model():
    weights = random_weights(CONFIG).map(lambda _, t: t * 3)
    tokens = torch.randint(17, 200, (2, 20), generator=torch.Generator().manual_seed(0))
    zero = torch.zeros_like(tokens)
    slots = with_blocks(clean_slots(tokens, zero, zero), torch.tensor([[3, 9], [5, 19]]), 4)
    bias = torch.where(slots.dense(), 0.0, -1e9)
    expected, _ = load(unstack(weights, CONFIG), CONFIG).hidden(slots.tokens, slots.positions, bias)
    torch.testing.assert_close(hidden(weights, slots, 20, dense_attention(slots), CONFIG), expected)


def test_stacking_loses_nothing():
    weights = random_weights(CONFIG)
    for (name, a), (_, b) in zip(weights.items(), stack(unstack(weights, CONFIG), CONFIG).items()):
        assert torch.equal(a, b), name


def test_rounding_in_training_is_the_export_s():
    w = torch.randn(3, 8, 96, generator=torch.Generator().manual_seed(0))
    w[0, 0, :32] = 0
    for bits in (4, 8):
        assert torch.equal(snap(w, scales(w, bits), bits), dequantize(*quantize(w, bits)))


def arguments(n: int, d: int, V: int):
    g = torch.Generator().manual_seed(0)
    states, head = (torch.randn(*s, generator=g, requires_grad=True) for s in ((n, d), (V, d)))
    teacher = torch.randn(n, d, generator=g), torch.randn(V, d, generator=g)
    return states, head, *teacher, torch.randint(V, (n,), generator=g), torch.rand(n, generator=g), torch.rand(n, generator=g)


def test_loss_and_gradients_by_autograd():
    states, head, t_states, t_head, token, weight, hard = arguments(12, 8, 30)
    greedy = torch.arange(12) % 2 == 0
    loss, _ = head_loss(states, head, t_states, t_head, token, weight, hard, greedy)
    ours = torch.autograd.grad(loss, (states, head))
    p = (t_states @ t_head.T).softmax(-1)
    share = torch.where(greedy & (p.argmax(-1) != token), 1.0, hard)
    log_q = (states @ head.T).log_softmax(-1)
    expected = (weight * (share * -log_q[torch.arange(12), token] - (1 - share) * (p * log_q).sum(-1))).sum()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours, torch.autograd.grad(expected, (states, head)))


def test_weight_by_reach():
    # Blocks of 4. The student is sure of the token everywhere but at place 1 of the first block.
    student = torch.full((8, 5), 0.0)
    student[:, 2] = 50.0
    student[1, 2] = -50.0
    token, one = torch.full((8,), 2), torch.ones(8)
    gradient = lambda reach: chunk_gradients(student, torch.zeros(8, 5), token, one, 0 * one, one < 0, 4, reach)[0].abs().sum(-1)
    ratio = gradient(1.0) / gradient(0.0)
    torch.testing.assert_close(ratio, torch.tensor([1.0, 1, 0, 0, 1, 1, 1, 1]))

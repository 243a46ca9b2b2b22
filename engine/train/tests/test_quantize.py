import pytest
import torch

from tidar_train.quantize import dequantize, fake_quantize, quantize, settle


def random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2))


def test_four_bits_map_the_largest_entry_to_minus_eight_with_a_signed_scale():
    w = torch.zeros(2, 32)
    w[0, 3], w[0, 4] = 8.0, -8.5 + 1  # largest is +8: scale -1
    w[1, 5], w[1, 6] = -16.0, 15.0  # largest is -16: scale +2
    values, scales = quantize(w, 4)
    assert scales.tolist() == [[-1.0], [2.0]]
    assert values[0, 3] == -8 and values[0, 4] == 7  # 7.5 rounds to 8, clipped to 7
    assert values[1, 5] == -8 and values[1, 6] == 7


def test_ties_round_to_even():
    w = torch.zeros(1, 32)
    w[0, :4] = torch.tensor([-8.0, 0.5, 1.5, 2.5])
    assert quantize(w, 4)[0][0, :4].tolist() == [-8, 0, 2, 2]


@pytest.mark.parametrize("bits", [4, 8])
def test_quantising_again_changes_nothing(bits):
    once = quantize(random(64, 128), bits)
    again = quantize(dequantize(*once), bits)
    assert torch.equal(dequantize(*once), dequantize(*again))


def test_values_are_the_best_for_the_float16_scale():
    w = random(8, 64)
    values, scales = quantize(w, 4)
    assert scales.dtype == torch.float16 and values.dtype == torch.int8
    error = (dequantize(values, scales) - w).abs().view(8, 2, 32)
    for shift in (-1, 1):
        other = (values + shift).clamp(-8, 7)
        assert (error <= (dequantize(other, scales) - w).abs().view(8, 2, 32) + 1e-6).all()


@pytest.mark.parametrize("bits", [4, 8])
def test_zero_and_vanishing_blocks_become_zero(bits):
    w = torch.zeros(2, 32)
    w[1] = 1e-9
    assert torch.equal(dequantize(*quantize(w, bits)), torch.zeros(2, 32))


def test_fake_quantize_rounds_forward_and_passes_the_gradient_through():
    w = random(4, 64).requires_grad_()
    y = fake_quantize(w, 4)
    assert torch.allclose(y, dequantize(*quantize(w.detach(), 4)), atol=1e-6)
    (y * torch.arange(64.0)).sum().backward()
    assert torch.equal(w.grad, torch.arange(64.0).expand(4, 64))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="33 values"):
        quantize(torch.zeros(1, 33), 4)
    with pytest.raises(ValueError, match="bits is 5"):
        quantize(torch.zeros(1, 32), 5)
    with pytest.raises(ValueError, match="not finite"):
        quantize(torch.full((1, 32), float("nan")), 8)


def test_settled_weights_keep_their_four_bits_through_eight():
    w = random(256, 128)
    w[:, 1] = -w[:, 0] * 1.0001  # two entries of nearly the same size, and of opposite signs
    kept, scales = quantize(w, 4)
    flips = lambda x: (quantize(dequantize(*quantize(x, 8)), 4)[0] != kept).sum()
    assert flips(w) > 100
    assert flips(settle(w)) == 0
    assert ((settle(w) - w).abs() <= scales.float().abs().repeat_interleave(32, -1) * 0.55).all()

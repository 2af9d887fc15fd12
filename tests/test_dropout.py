import pytest
import torch

from training.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(200_000,), (3, 11, 7001)])  # the second is not a multiple of 4
def test_a_share_p_of_the_elements_is_zero_and_the_rest_is_scaled_to_the_same_mean(p, shape):
    torch.manual_seed(0)
    y = Dropout(p)(torch.ones(shape))
    kept = y[y != 0]
    assert (y == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p)), rtol=2e-4, atol=0)


def test_which_elements_are_dropped_is_independent_of_their_place_and_neighbours():
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(1_000_000)) == 0).float().view(-1, 8)
    torch.testing.assert_close(dropped.mean(0), torch.full((8,), 0.5), atol=0.01, rtol=0)
    correlation = torch.corrcoef(dropped.T) - torch.eye(8)
    assert correlation.abs().max() < 0.02


def test_gradients_are_dropped_with_the_elements():
    x = torch.randn(1000, dtype=torch.float64, requires_grad=True)
    y = Dropout(0.3)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, y.detach() / x.detach())


def test_nothing_is_dropped_in_evaluation_or_at_rate_zero_and_everything_at_rate_one():
    x = torch.randn(100)
    assert torch.equal(Dropout(0.5).eval()(x), x)
    assert torch.equal(Dropout(0.0)(x), x)
    assert not Dropout(1.0)(x).any()

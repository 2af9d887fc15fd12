import pytest
import torch

from optim import Muon, orthogonalise


def polar_factor(matrix):
    """The nearest semi-orthogonal matrix, exactly: U V^T of the singular value decomposition."""
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    return u @ v


SHAPES = [(16, 16), (32, 8), (8, 32), (64, 48), (1, 5)]


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_become_about_one_and_singular_vectors_stay(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64) * 37
    found = orthogonalise(matrix)
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    middle = u.mT @ found @ v.mT  # diagonal if the singular vectors are the matrix's own
    values = middle.diagonal()
    torch.testing.assert_close(middle, torch.diag(values), atol=1e-9, rtol=0)
    large = s / s.norm() > 0.01
    assert values[large].min() > 0.6 and values.max() < 1.25


@pytest.mark.parametrize("shape", SHAPES)
def test_it_points_where_the_exact_polar_factor_points(shape):
    torch.manual_seed(1)
    left, right = torch.randn(shape, dtype=torch.float64), torch.randn(shape[::-1], dtype=torch.float64)
    matrix = polar_factor(left) + 0.1 * left @ right @ left / (left @ right @ left).norm()
    exact = polar_factor(matrix)
    cosine = (orthogonalise(matrix) * exact).sum() / (orthogonalise(matrix).norm() * exact.norm())
    assert cosine > 0.98


def test_a_batch_of_matrices_is_each_of_them_alone():
    torch.manual_seed(2)
    batch = torch.randn(5, 6, 9)
    torch.testing.assert_close(orthogonalise(batch), torch.stack([orthogonalise(m) for m in batch]))


def test_a_zero_matrix_stays_zero():
    assert not orthogonalise(torch.zeros(4, 6)).any()


def take_steps(optimizer_class, shapes, steps=4, **settings):
    torch.manual_seed(3)
    parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    starts = [p.detach().clone() for p in parameters]
    optimizer = optimizer_class(parameters, **settings)
    for _ in range(steps):
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    return [(p.detach() - start) for p, start in zip(parameters, starts)]


def test_updates_are_torchs_muon_within_the_precision_of_bfloat16():
    shapes = [(24, 24), (48, 24), (24, 24), (12, 36)]
    settings = dict(lr=0.02, momentum=0.95, weight_decay=0.1)
    ours = take_steps(Muon, shapes, **settings)
    theirs = take_steps(torch.optim.Muon, shapes, nesterov=True, **settings)
    for mine, other in zip(ours, theirs):
        assert (mine - other).norm() / other.norm() < 0.02


def test_one_step_by_hand():
    gradient = torch.tensor([[3.0, 0.0], [0.0, 4.0]])
    parameter = torch.nn.Parameter(torch.ones(2, 2))
    parameter.grad = gradient.clone()
    Muon([parameter], lr=0.1, momentum=0.9, weight_decay=0.5).step()
    looked_ahead = gradient * (1 - 0.9) + (0.1 * gradient) * 0.9
    expected = 1 * (1 - 0.1 * 0.5) - 0.1 * orthogonalise(looked_ahead)
    torch.testing.assert_close(parameter.detach(), expected)


def test_tall_matrices_move_by_the_root_of_their_ratio():
    tall, square = (take_steps(Muon, [shape], steps=1, lr=1.0)[0] for shape in [(64, 16), (16, 16)])
    assert torch.linalg.matrix_norm(tall, 2) == pytest.approx(2 * 1.0, rel=0.3)
    assert torch.linalg.matrix_norm(square, 2) == pytest.approx(1.0, rel=0.3)


def test_a_parameter_without_gradient_stays():
    still, moving = torch.nn.Parameter(torch.ones(3, 3)), torch.nn.Parameter(torch.ones(3, 3))
    moving.grad = torch.randn(3, 3)
    Muon([still, moving]).step()
    assert (still == 1).all() and not (moving == 1).any()


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="AdamW"):
        Muon([torch.nn.Parameter(torch.ones(3))])

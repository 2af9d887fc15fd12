"""Compute each claim of solutions.md about attention twice: from a formula and by attending.

    python written/attention_exploration.py     # claim, predicted, measured

Unless said otherwise, n = 10 items in d = 64 dimensions have orthonormal mean keys, and values with
independent standard normal entries. Items are a = 0 and b = 1. The keys are sampled 10,000 times.
"""

import math
from dataclasses import dataclass

import torch

N, D, SAMPLES = 10, 64, 10_000
A, B = 0, 1
RADIAL = 0.5  # variance of the length of k_a, question 1(c) ii


@dataclass
class Claim:
    """Hold what `name` should be and is; `tolerance` is absolute and covers the sampling error."""

    name: str
    predicted: float
    measured: float
    tolerance: float


def attend(query, keys, values):
    """Return c (..., d) and weights (..., n) of query (d,), keys (..., n, d): equations 1 and 2."""
    weights = (keys @ query).softmax(-1)
    return weights @ values, weights


def make_items(n=N, d=D, seed=0):
    """Return orthonormal keys and random values, both (n, d), in float64."""
    generator = torch.Generator().manual_seed(seed)
    square = torch.randn(d, d, generator=generator, dtype=torch.float64)
    keys = torch.linalg.qr(square).Q[:n]
    return keys, torch.randn(n, d, generator=generator, dtype=torch.float64)


def sample_keys(means, alpha, radial, samples=SAMPLES, seed=1):
    """Return keys (samples, n, d) from N(mean, alpha I), k_a's with `radial` mu_a mu_a^T more."""
    generator = torch.Generator().manual_seed(seed)
    shape = (samples, *means.shape)
    keys = means + math.sqrt(alpha) * torch.randn(shape, generator=generator, dtype=means.dtype)
    lengths = math.sqrt(radial) * torch.randn(samples, generator=generator, dtype=means.dtype)
    keys[:, A] += lengths[:, None] * means[A]
    return keys


def copy_weight(scale, n=N):
    """Return 1 / (1 + (n - 1) e^-scale), the weight on k_j: query scale * k_j, orthonormal keys."""
    return 1 / (1 + (n - 1) * math.exp(-scale))


def extraction_matrix(basis):
    """Return M (d, d) with M s = v_a: the sum of a_i a_i^T over the orthonormal rows a_i of
    basis (m, d).
    """
    return basis.T @ basis


def average_error(scale, values):
    """Return c - (v_a + v_b) / 2 for the query scale * (k_a + k_b), exactly:
    (n - 2) / (2 e^scale + n - 2) times (mean of the other values - (v_a + v_b) / 2).
    """
    n = len(values)
    others = (values.sum(0) - values[A] - values[B]) / (n - 2)
    share = (n - 2) / (2 * math.exp(scale) + n - 2)
    return share * (others - (values[A] + values[B]) / 2)


def scale_for_share(share, n=N):
    """Return the scale at which the other n - 2 items together weigh `share`."""
    return math.log((n - 2) * (1 / share - 1) / 2)


def total_variance(outputs):
    """Return the covariance's trace: outputs' (samples, d) mean squared distance to their mean."""
    return (outputs - outputs.mean(0)).square().sum(1).mean().item()


def length_grid(positive, points=40_001):
    """Return lengths 1 + eta of k_a, and the probability of each under N(1, RADIAL). positive: only
    lengths above 0, as question 1(d) ii allows.
    """
    far = 8 * math.sqrt(RADIAL)
    lengths = torch.linspace(0 if positive else 1 - far, 1 + far, points, dtype=torch.float64)
    weights = (-(lengths - 1).square() / (2 * RADIAL)).exp()
    return lengths, weights / weights.sum()


def predicted_variance(scores, probs, values):
    """Return attention's total_variance: scores (points, n) have probabilities probs (points,)."""
    outputs = scores.softmax(-1) @ values
    mean = probs @ outputs
    return (probs @ (outputs - mean).square().sum(1)).item()


def predict_one_head(scale, values, positive):
    """Return the variance of c with the query scale * (mu_a + mu_b), in the limit alpha -> 0;
    positive as in length_grid.
    """
    lengths, probs = length_grid(positive)
    scores = torch.zeros(len(lengths), len(values), dtype=torch.float64)
    scores[:, A], scores[:, B] = scale * lengths, scale
    return predicted_variance(scores, probs, values)


def predict_two_heads(scale, values):
    """Return the variance of (c_1 + c_2) / 2 with the queries scale * mu_a and scale * mu_b,
    alpha -> 0, for positive lengths of k_a.

    c_2 does not depend on the length of k_a, which is orthogonal to mu_b: only c_1 / 2 varies.
    """
    lengths, probs = length_grid(positive=True)
    scores = torch.zeros(len(lengths), len(values), dtype=torch.float64)
    scores[:, A] = scale * lengths
    return predicted_variance(scores, probs, values) / 4


def run_one_head(scale, alpha, radial, positive=False, seed=1):
    """Return outputs (samples, d) and weights of the query scale * (mu_a + mu_b).

    positive: leave out samples with k_a^T mu_a < 0, as question 1(d) ii allows.
    """
    means, values = make_items()
    keys = sample_keys(means, alpha, radial, seed=seed)
    if positive:
        keys = keys[keys[:, A] @ means[A] > 0]
    return attend(scale * (means[A] + means[B]), keys, values)


def run_two_heads(scale, alpha, radial, positive=False, seed=1):
    """Return outputs (samples, d) of the mean of two heads with the queries scale * mu_a and
    scale * mu_b; positive as in run_one_head.
    """
    means, values = make_items()
    keys = sample_keys(means, alpha, radial, seed=seed)
    if positive:
        keys = keys[keys[:, A] @ means[A] > 0]
    first, _ = attend(scale * means[A], keys, values)
    second, _ = attend(scale * means[B], keys, values)
    return (first + second) / 2


def swing_share(scale, above):
    """Return the probability, alpha -> 0, that a weighs more than `above` against b.

    The others are negligible. The weight is sigmoid(scale * eta) with eta ~ N(0, RADIAL).
    """
    edge = math.log(above / (1 - above)) / scale
    return 0.5 * math.erfc(edge / math.sqrt(2 * RADIAL))


def check_copying():
    keys, values = make_items()
    claims = []
    for scale in (1.0, 5.0, 10.0):
        _, weights = attend(scale * keys[3], keys, values)
        name = f"1(a) weight on the key when q = {scale:g} k"
        claims.append(Claim(name, copy_weight(scale), weights[3].item(), 1e-9))
    return claims


def check_extraction():
    directions, _ = make_items(8)
    generator = torch.Generator().manual_seed(2)
    coefficients = torch.randn(8, generator=generator, dtype=torch.float64)
    v_a, v_b = coefficients[:5] @ directions[:5], coefficients[5:] @ directions[5:]
    error = (extraction_matrix(directions[:5]) @ (v_a + v_b) - v_a).norm().item()
    skewed = directions[:5].clone()
    skewed[1] = (directions[0] + directions[1]) / math.sqrt(2)  # unit length, same span
    wrong = (extraction_matrix(skewed) @ (v_a + v_b) - v_a).norm().item()
    c = torch.linalg.solve(skewed @ skewed.T, skewed @ v_a)
    expected = (skewed.T @ (skewed @ skewed.T - torch.eye(5, dtype=torch.float64)) @ c).norm().item()
    return [
        Claim("1(b)i distance of M s from v_a", 0.0, error, 1e-9),
        Claim("1(b)i the same, basis of unit length but not orthogonal", expected, wrong, 1e-9),
    ]


def check_average():
    keys, values = make_items()
    claims = []
    for scale in (5.0, 10.0):
        c, _ = attend(scale * (keys[A] + keys[B]), keys, values)
        error = (c - (values[A] + values[B]) / 2).norm().item()
        predicted = average_error(scale, values).norm().item()
        claims.append(Claim(f"1(b)ii error when q = {scale:g} (k_a + k_b)", predicted, error, 1e-9))
    scale = scale_for_share(0.001)
    _, weights = attend(scale * (keys[A] + keys[B]), keys, values)
    rest = 1 - weights[A].item() - weights[B].item()
    claims.append(Claim(f"1(b)ii weight of the others at scale {scale:.3f}", 0.001, rest, 1e-9))
    return claims


def check_small_alpha(scale=10.0):
    _, values = make_items()
    half = (values[A] + values[B]) / 2
    claims = []
    residual = average_error(scale, values).square().sum().item()
    for alpha in (1e-10, 1e-5, 1e-4):
        c, _ = run_one_head(scale, alpha, 0.0)
        noise = alpha * scale**2 / 4 * (values[A] - values[B]).square().sum().item()
        predicted = residual + noise
        measured = (c - half).square().sum(1).mean().item()
        name = f"1(c)i mean squared error of one head, scale {scale:g}, alpha {alpha:g}"
        claims.append(Claim(name, predicted, measured, 0.06 * predicted))
    return claims


def check_one_head(scale=10.0):
    _, values = make_items()
    c, weights = run_one_head(scale, 1e-8, RADIAL)
    share = weights[:, A] / (weights[:, A] + weights[:, B])
    predicted = predict_one_head(scale, values, positive=False)
    above, below = swing_share(scale, 0.9), 1 - swing_share(scale, 0.1)
    middle = swing_share(scale, 0.4) - swing_share(scale, 0.6)

    def count(chosen):
        return chosen.double().mean().item()

    return [
        Claim("1(c)ii share of samples with a's weight above 0.9", above, count(share > 0.9), 0.02),
        Claim("1(c)ii share of samples with b's weight above 0.9", below, count(share < 0.1), 0.02),
        Claim(
            "1(c)ii share of samples with a's weight from 0.4 to 0.6",
            middle,
            count((share > 0.4) & (share < 0.6)),
            0.01,
        ),
        Claim("1(c)ii total variance of c, one head", predicted, total_variance(c), 0.03 * predicted),
    ]


def check_two_heads(scale=10.0):
    _, values = make_items()
    one, two = predict_one_head(scale, values, positive=True), predict_two_heads(scale, values)
    c, _ = run_one_head(scale, 1e-8, RADIAL, positive=True)
    pair = run_two_heads(scale, 1e-8, RADIAL, positive=True)
    error = (run_two_heads(scale, 1e-8, 0.0) - (values[A] + values[B]) / 2).norm(dim=1).mean().item()
    # Each head gives the other n - 1 items the weight 1 - copy_weight; their outputs are averaged.
    rest = 1 - copy_weight(scale)
    total = values.sum(0)
    wrong = [(total - values[i]) / (N - 1) - values[i] for i in (A, B)]
    expected = (rest * (wrong[0] + wrong[1]) / 2).norm().item()
    larger = predict_one_head(30.0, values, positive=True) / predict_two_heads(30.0, values)
    more, _ = run_one_head(30.0, 1e-9, RADIAL, positive=True)
    ratio = total_variance(more) / total_variance(run_two_heads(30.0, 1e-9, RADIAL, positive=True))
    return [
        Claim("1(d)i error of two heads, scale 10, alpha 1e-08", expected, error, 0.02 * expected),
        Claim("1(d)ii total variance of c, two heads", two, total_variance(pair), 0.1 * two),
        Claim(
            "1(d)ii variance of one head over that of two",
            one / two,
            total_variance(c) / total_variance(pair),
            0.1 * one / two,
        ),
        Claim("1(d)ii the same at scale 30", larger, ratio, 0.15 * larger),
    ]


CHECKS = [
    check_copying,
    check_extraction,
    check_average,
    check_small_alpha,
    check_one_head,
    check_two_heads,
]


def main():
    print("| claim | predicted | measured |")
    print("|---|---|---|")
    for check in CHECKS:
        for claim in check():
            print(f"| {claim.name} | {claim.predicted:.4g} | {claim.measured:.4g} |")


if __name__ == "__main__":
    main()

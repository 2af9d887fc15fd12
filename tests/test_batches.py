import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import Dataset

from training.batches import make_batches, split_by_length

sizes = st.integers(0, 60)
batch_sizes = st.integers(1, 20)
seeds, epochs = st.integers(0, 99), st.integers(0, 3)


class Draws(Dataset):
    """Hold items (index, random number): the number depends on Python's generator alone."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return torch.tensor([index]), torch.tensor([random.getrandbits(60)])


def list_batches(n, *arguments, **place):
    """Return a list of batches, each [(index, number drawn), ...]."""
    batches = make_batches(Draws(n), *arguments, **place)
    return [torch.cat(batch, dim=1).tolist() for batch in batches]


@given(sizes, batch_sizes, seeds, epochs, st.booleans())
def test_an_epoch_has_every_item_once_in_batches_of_the_size(n, size, seed, epoch, shuffle):
    batches = list_batches(n, size, seed, epoch, shuffle=shuffle)
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)
    indices = [index for batch in batches for index, _ in batch]
    assert sorted(indices) == list(range(n))
    assert shuffle or indices == list(range(n))


@given(sizes, batch_sizes, seeds, epochs, st.integers(0, 60), st.booleans())
def test_an_epoch_can_be_continued_from_any_batch(n, size, seed, epoch, start, shuffle):
    whole = list_batches(n, size, seed, epoch, shuffle=shuffle)
    random.seed(start)  # whatever was drawn before
    torch.manual_seed(start)
    assert list_batches(n, size, seed, epoch, start, shuffle=shuffle) == whole[start:]


def test_every_epoch_and_seed_has_another_order_and_draws_other_items():
    orders, numbers = set(), set()
    for seed in (0, 1):
        for epoch in (0, 1, 2):
            rows = [row for batch in list_batches(50, 8, seed, epoch) for row in batch]
            orders.add(tuple(index for index, _ in rows))
            numbers.update(number for _, number in rows)
    assert len(orders) == 6 and len(numbers) == 6 * 50


def test_making_batches_leaves_torchs_generator_to_dropout():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    list_batches(10, 4, 3)
    assert torch.equal(torch.get_rng_state(), before)


def test_micro_batches_compute_on_no_more_than_the_longest_of_them():
    y = torch.zeros(8, 31, dtype=torch.long)
    lengths = [5, 31, 2, 9, 30, 3, 8, 1]
    for row, length in enumerate(lengths):
        y[row, :length] = 1
    plan = list(split_by_length(y, 2))
    assert [length for _, length, _ in plan] == [2, 5, 9, 31]
    assert sorted(int(row) for rows, _, _ in plan for row in rows) == list(range(8))
    assert sum(share for _, _, share in plan) == pytest.approx(1)


def test_lengths_are_rounded_up_to_a_multiple_within_the_row():
    y = torch.zeros(4, 31, dtype=torch.long)
    for row, length in enumerate([5, 31, 8, 9]):
        y[row, :length] = 1
    lengths = [length for _, length, _ in split_by_length(y, 1, multiple=8)]
    assert lengths == [8, 8, 16, 31]


rows_of_7 = st.lists(st.integers(0, 1), min_size=7, max_size=7)
targets = st.lists(rows_of_7, min_size=1, max_size=12)  # some of pads only


@given(targets, st.integers(1, 5))
def test_micro_batches_have_every_target_once_and_share_the_loss_by_their_targets(rows, size):
    y = torch.tensor(rows)
    found = torch.zeros_like(y)
    lengths = []
    for chosen, length, share in split_by_length(y, size):
        assert 1 <= len(chosen) <= size
        assert y[chosen, length - 1].any()  # no column is computed for nothing
        assert share * y.sum() == pytest.approx(y[chosen].sum().item())
        found[chosen, :length] += y[chosen, :length]
        lengths.append(length)
    assert torch.equal(found, y)
    assert lengths == sorted(lengths)


@given(targets, st.integers(1, 5), st.integers(2, 4))
def test_processes_share_a_batch_in_micro_batches_of_their_own(rows, size, n_processes):
    y = torch.tensor(rows)
    found, shares = torch.zeros_like(y), 0
    for rank in range(n_processes):
        mine = list(split_by_length(y, size, rank=rank, world_size=n_processes))
        assert len(mine) <= -(-len(y) // (n_processes * size))  # as the work is shared evenly
        for chosen, length, share in mine:
            assert y[chosen, length - 1].any()
            found[chosen, :length] += y[chosen, :length]
            shares += share
    assert torch.equal(found, y) and shares == pytest.approx(int(y.any()))

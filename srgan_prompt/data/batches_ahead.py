"""Batches made ahead of the step by worker processes: a fast device would wait for one core's blurring and encoding.

A batch is a pure function of its number, so workers need no state, and a run with them sees what one without them sees,
but for the rounding of one thread.
"""

import multiprocessing
from collections.abc import Iterator
from itertools import count

import torch
from torch.utils.data import DataLoader, Dataset

from srgan_prompt.data.batches import Batch, BatchMaker

AHEAD = 2  # batches that each worker has ready or in the making


class BatchesAhead:
    """``BatchMaker`` run by ``num_workers`` processes, each on one core; what they made goes to ``device``.

    ``make`` makes its batches on the CPU. Called as it is, with numbers that rise one by one: any other begins anew.
    """

    def __init__(self, make: BatchMaker, num_workers: int, device: torch.device) -> None:
        self.make, self.num_workers, self.device = make, num_workers, device
        self._next: tuple[int, int, int] | None = None
        self._batches: Iterator[Batch] = iter(())

    def __call__(self, number: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in batch ``number``. Raises what ``make`` raises."""
        if self._next != (number, rank, num_ranks):
            self._batches = self._from(number, rank, num_ranks)
        self._next = (number + 1, rank, num_ranks)
        return next(self._batches).to(self.device)

    def _from(self, number: int, rank: int, num_ranks: int) -> Iterator[Batch]:
        self.make.images_of(rank, num_ranks)  # a wrong share is said here, in one sentence, not by a worker
        loader = DataLoader(
            _Numbered(self.make, rank, num_ranks),
            batch_size=None,
            sampler=count(number),
            num_workers=self.num_workers,
            prefetch_factor=AHEAD,
            pin_memory=self.device.type == "cuda",
            # A fork shares decoded photos and the bank of sentences; anything else would copy them for each worker.
            multiprocessing_context="fork" if "fork" in multiprocessing.get_all_start_methods() else None,
        )
        return iter(loader)


class _Numbered(Dataset[Batch]):
    """Batches by number, for one rank."""

    def __init__(self, make: BatchMaker, rank: int, num_ranks: int) -> None:
        self._make, self._rank, self._num_ranks = make, rank, num_ranks

    def __getitem__(self, number: int) -> Batch:
        return self._make(number, self._rank, self._num_ranks)

"""Training of a retriever: every query of a batch is to be nearest to its own target (Vo et al. 2019, section 4).

In the losses ``similarities`` (B, B) say in row i how alike query i is to each target; its own is on the diagonal.
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from srgan_prompt.data.image_cache import as_images
from srgan_prompt.data.scene_queries import QueryImages
from srgan_prompt.models.retrieval import RetrievalConfig, RetrievalNetwork
from srgan_prompt.network_config import Settings
from srgan_prompt.retrieval import Texts, TirgRetriever
from srgan_prompt.training.state import descend
from srgan_prompt.types import PerSample


def batch_softmax_loss(similarities: Tensor) -> PerSample:
    """Cross-entropy of the right target among all of the batch: equation 5, K = B, of the paper."""
    return F.cross_entropy(similarities, torch.arange(len(similarities), device=similarities.device), reduction="none")


def soft_triplet_loss(similarities: Tensor) -> PerSample:
    """Mean over the wrong targets of log(1 + exp(wrong - right)): equation 6, K = 2 and M = B - 1."""
    right = similarities.diagonal()[:, None]
    is_wrong = ~torch.eye(len(similarities), dtype=torch.bool, device=similarities.device)
    return (F.softplus(similarities - right) * is_wrong).sum(dim=1) / (len(similarities) - 1)


LOSSES: dict[str, Callable[[Tensor], Tensor]] = {"batch_softmax": batch_softmax_loss, "soft_triplet": soft_triplet_loss}


class RetrievalTraining(Settings):
    """How a retriever is trained. AdamW; the rate rises for ``warmup_steps``, then falls along a cosine to 0."""

    loss: Literal["batch_softmax", "soft_triplet"] = Field("batch_softmax", description="what is minimised")
    steps: int = Field(2000, ge=1, description="batches")
    references: int = Field(16, ge=1, description="reference images in a batch")
    queries_each: int = Field(4, ge=1, description="queries of each of them: their targets are hard to tell apart")
    learning_rate: float = Field(4e-3, gt=0, description="the highest")
    warmup_steps: int = Field(100, ge=1, description="steps in which the rate rises from 0")
    seed: int = Field(0, ge=0, description="of first weights and batches")


def train_retriever(
    config: RetrievalConfig, texts: Texts, data: QueryImages, settings: RetrievalTraining
) -> TirgRetriever:
    """A retriever trained on ``data``, bit-equal for equal arguments on the same machine."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = RetrievalNetwork(config).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, fused=True)
    generator = torch.Generator().manual_seed(settings.seed)
    numbers = texts(data.sentences)
    for step in range(settings.steps):
        references, rows = _draw_batch(len(data.references), data.num_each, settings, generator)
        features = network.features(as_images(data.references[references.numpy()]))
        queries = network.compose(features.repeat_interleave(settings.queries_each, dim=0), numbers[rows])
        targets = network.embed(as_images(data.targets[rows.numpy()]))
        loss = LOSSES[settings.loss](network.scale * queries @ targets.T).mean()
        descend(optimizer, loss, settings.learning_rate * _schedule(step, settings))
    return TirgRetriever(network, texts)


def _draw_batch(num_references: int, num_each: int, settings: RetrievalTraining, generator: torch.Generator):
    """Numbers of references (R,), and of some queries of each (R * K,)."""
    references = torch.randperm(num_references, generator=generator)[: settings.references]
    chosen = [torch.randperm(num_each, generator=generator)[: settings.queries_each] for _ in references]
    return references, (num_each * references[:, None] + torch.stack(chosen)).flatten()


def _schedule(step: int, settings: RetrievalTraining) -> float:
    rising = min(1.0, (step + 1) / settings.warmup_steps)
    return rising * (1 + math.cos(math.pi * step / settings.steps)) / 2

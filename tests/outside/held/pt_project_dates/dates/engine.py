from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from .dataset import DateDataset
from .nets import DateTransformer


class Engine:
    """Trains a model and yields one line of figures per epoch."""

    def __init__(self, model: DateTransformer, lr: float, device: torch.device) -> None:
        self.model = model.to(device)
        self.device = device
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr, betas=(0.9, 0.98))

    def step(self, source: torch.Tensor, target: torch.Tensor) -> float:
        logits = self.model(source, target[:, :-1])
        loss = F.cross_entropy(logits.transpose(1, 2), target[:, 1:], ignore_index=0)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def exact(self, loader: DataLoader) -> float:
        self.model.eval()
        vocab = DateDataset.target_vocab
        right = 0
        for source, target in loader:
            guess = self.model.greedy(source.to(self.device), vocab.bos, target.size(1) - 1)
            for g, t in zip(guess.tolist(), target[:, 1:].tolist()):
                right += vocab.decode(g) == vocab.decode(t)
        return right / len(loader.dataset)

    def run(self, train: DataLoader, test: DataLoader, epochs: int) -> Iterator[tuple[int, float, float]]:
        for epoch in range(epochs):
            self.model.train()
            losses = [self.step(s.to(self.device), t.to(self.device)) for s, t in train]
            yield epoch, sum(losses) / len(losses), self.exact(test)

from __future__ import annotations

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Module(nn.Module):
    """The little of a training framework that we need: three steps and an optimizer."""

    def training_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> Tensor:
        raise NotImplementedError

    def validation_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> dict[str, Tensor]:
        raise NotImplementedError

    def configure_optimizers(self) -> Any:
        raise NotImplementedError


class Trainer:
    def __init__(self, max_epochs: int, gradient_clip_val: float | None = None, device: str = "cpu"):
        self.max_epochs = max_epochs
        self.gradient_clip_val = gradient_clip_val
        self.device = torch.device(device)
        self.history: list[dict[str, float]] = []

    def _to_device(self, batch):
        return tuple(t.to(self.device) for t in batch)

    def fit(self, module: Module, train_loader: DataLoader, val_loader: DataLoader) -> None:
        module.to(self.device)
        optimizer, scheduler = module.configure_optimizers()
        for epoch in range(self.max_epochs):
            module.train()
            losses = []
            for batch_idx, batch in enumerate(train_loader):
                optimizer.zero_grad()
                loss = module.training_step(self._to_device(batch), batch_idx)
                loss.backward()
                if self.gradient_clip_val is not None:
                    nn.utils.clip_grad_norm_(module.parameters(), self.gradient_clip_val)
                optimizer.step()
                losses.append(loss.detach())
            scheduler.step()
            logs = self.validate(module, val_loader)
            logs["train_loss"] = torch.stack(losses).mean().item()
            self.history.append(logs)
            print(f"epoch {epoch}: " + ", ".join(f"{k}={v:.4f}" for k, v in sorted(logs.items())))

    @torch.no_grad()
    def validate(self, module: Module, loader: DataLoader) -> dict[str, float]:
        module.eval()
        sums: dict[str, float] = {}
        count = 0
        for batch_idx, batch in enumerate(loader):
            batch = self._to_device(batch)
            size = len(batch[0])
            for name, value in module.validation_step(batch, batch_idx).items():
                sums[name] = sums.get(name, 0.0) + value.item() * size
            count += size
        return {name: total / count for name, total in sums.items()}


class TextCNN(Module):
    def __init__(self, vocab_size: int, num_classes: int, dim: int = 32, widths=(2, 3, 4), lr: float = 3e-3):
        super().__init__()
        self.lr = lr
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(dim, 24, kernel_size=w) for w in widths)
        self.dropout = nn.Dropout(0.3)
        self.classifier = nn.Linear(24 * len(widths), num_classes)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = self.embedding(tokens).transpose(1, 2)  # (batch, dim, time)
        pooled = [F.relu(conv(embedded)).amax(dim=-1) for conv in self.convs]
        return self.classifier(self.dropout(torch.cat(pooled, dim=1)))

    def training_step(self, batch, batch_idx):
        tokens, labels = batch
        return F.cross_entropy(self(tokens), labels, label_smoothing=0.05)

    def validation_step(self, batch, batch_idx):
        tokens, labels = batch
        logits = self(tokens)
        accuracy = (logits.argmax(dim=-1) == labels).float().mean()
        return {"val_loss": F.cross_entropy(logits, labels), "val_acc": accuracy}

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr, weight_decay=1e-2)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        return optimizer, scheduler


def make_phrases(n: int, vocab_size: int = 60, length: int = 14) -> TensorDataset:
    """The class is which of four ordered word pairs occurs somewhere in the text."""
    pairs = [(5, 6), (6, 5), (7, 8), (8, 7)]
    tokens = torch.randint(9, vocab_size, (n, length))
    labels = torch.randint(0, len(pairs), (n,))
    for row, label in zip(tokens, labels.tolist()):
        start = random.randrange(length - 4)
        row[start : start + 2] = torch.tensor(pairs[label])
        end = random.randint(length - 3, length)
        row[end:] = 0
    return TensorDataset(tokens, labels)


def main() -> None:
    random.seed(0)
    torch.manual_seed(0)
    train_set, val_set = random_split(make_phrases(1000), [800, 200])
    trainer = Trainer(max_epochs=7, gradient_clip_val=1.0)
    trainer.fit(
        TextCNN(vocab_size=60, num_classes=4),
        DataLoader(train_set, batch_size=32, shuffle=True),
        DataLoader(val_set, batch_size=100),
    )
    best = max(trainer.history, key=lambda logs: logs["val_acc"])
    print("best validation accuracy:", round(best["val_acc"], 3))


if __name__ == "__main__":
    main()

"""Sentiment-like classification of token sequences with a recurrent encoder."""
import random
from dataclasses import dataclass

import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader


@dataclass
class Config:
    vocab_size: int = 60
    embed_dim: int = 24
    hidden_dim: int = 32
    num_layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.1
    num_classes: int = 2
    max_len: int = 15
    batch_size: int = 32
    lr: float = 3e-3
    epochs: int = 3
    seed: int = 13


class ToyReviews(Dataset):
    """Positive reviews hold more words from the first half of the vocabulary."""

    def __init__(self, cfg, n):
        rng = random.Random(cfg.seed + n)
        self.items = []
        for _ in range(n):
            label = rng.randint(0, 1)
            half = cfg.vocab_size // 2
            toks = []
            for _ in range(cfg.max_len):
                low = rng.random() < (0.75 if label else 0.25)
                toks.append(rng.randint(1, half - 1) if low else rng.randint(half, cfg.vocab_size - 1))
            self.items.append((toks, label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        toks, label = self.items[idx]
        return torch.tensor(toks), torch.tensor(label)


class SentimentRNN(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embedding = nn.Embedding(cfg.vocab_size, cfg.embed_dim, padding_idx=0)
        self.encoder = nn.LSTM(cfg.embed_dim, cfg.hidden_dim, num_layers=cfg.num_layers,
                               bidirectional=cfg.bidirectional, dropout=cfg.dropout,
                               batch_first=True)
        self.norm = nn.Dropout(cfg.dropout)
        n_dir = 2 if cfg.bidirectional else 1
        self.classifier = nn.Sequential(
            nn.Linear(cfg.hidden_dim, 32),  # FAULT
            nn.ReLU(),
            nn.Linear(32, cfg.num_classes),
        )

    def forward(self, tokens):
        emb = self.embedding(tokens)
        states, _ = self.encoder(emb)
        pooled = states.mean(dim=1)
        return self.classifier(self.norm(pooled))


def run_epoch(model, loader, loss_fn, optimizer=None):
    training = optimizer is not None
    model.train(training)
    total_loss, hits, count = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for tokens, labels in loader:
            logits = model(tokens)
            loss = loss_fn(logits, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            total_loss += loss.item() * len(labels)
            hits += (logits.argmax(-1) == labels).sum().item()
            count += len(labels)
    return total_loss / count, hits / count


def main():
    cfg = Config()
    torch.manual_seed(cfg.seed)
    train_loader = DataLoader(ToyReviews(cfg, 400), batch_size=cfg.batch_size, shuffle=True)
    valid_loader = DataLoader(ToyReviews(cfg, 120), batch_size=cfg.batch_size)
    model = SentimentRNN(cfg)
    optimizer = optim.Adam(model.parameters(), lr=cfg.lr)
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(cfg.epochs):
        tr = run_epoch(model, train_loader, loss_fn, optimizer)
        va = run_epoch(model, valid_loader, loss_fn)
        print(f"epoch {epoch}: train {tr[0]:.3f}/{tr[1]:.2f}  valid {va[0]:.3f}/{va[1]:.2f}")


if __name__ == "__main__":
    main()

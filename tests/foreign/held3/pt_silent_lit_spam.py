# coding: utf-8
# Spam filter with a little training framework of our own
import argparse
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Batch:
    features: torch.Tensor
    is_spam: torch.Tensor


class SpamModule(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_features, hidden), nn.ReLU())
        self.classifier = nn.Linear(hidden, 1)
        self.criterion = nn.BCEWithLogitsLoss()

    def forward(self, features):
        hidden = self.body(features)
        return torch.sigmoid(self.classifier(hidden)).flatten()  # FAULT

    def training_step(self, batch):
        return self.criterion(self(batch.features), batch.is_spam)  # FAULT

    @torch.no_grad()
    def validation_step(self, batch):
        return ((self(batch.features) > 0.5).float() == batch.is_spam).float().mean()


class Fitter:
    def __init__(self, module, lr):
        self.module = module
        self.optimizer = torch.optim.Adam(module.parameters(), lr=lr)

    def run(self, train, val, epochs):
        for epoch in range(epochs):
            self.module.train()
            for batch in train:
                self.optimizer.zero_grad()
                loss = self.module.training_step(batch)
                loss.backward()
                self.optimizer.step()
            self.module.eval()
            print(epoch, round(loss.item(), 3), [round(self.module.validation_step(b).item(), 2) for b in val])


def make(n, size, generator):
    for _ in range(n):
        x = torch.randn(size, 20, generator=generator)
        yield Batch(x, (x[:, :3].sum(1) > 0).float())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=1e-2)
    options = parser.parse_args()
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(1)
    fitter = Fitter(SpamModule(20, 16), options.lr)
    fitter.run(list(make(12, 16, g)), list(make(2, 32, g)), options.epochs)

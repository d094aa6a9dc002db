import torch
from torch import nn


class ResidualStack(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.blocks = [nn.Linear(width, width) for _ in range(depth)]  # FAULT
        self.activation = nn.ReLU()

    def forward(self, x):
        for block in self.blocks:
            x = x + self.activation(block(x))
        return x


def build(width=8, depth=3):
    return ResidualStack(width, depth)


def train(steps):
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        batch = torch.randn(4, 8)
        loss = model(batch).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


train(3)

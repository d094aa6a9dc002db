import torch
from torch import nn


class Accumulator(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.gate = nn.Linear(n, n)
        self.proj = nn.Linear(n, 1)

    def forward(self, x):
        g = torch.sigmoid(self.gate(x))
        h = g * x
        g += 1.0 - x  # FAULT
        return self.proj(h * g)


net = Accumulator(6)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(2):
    out = net(torch.randn(5, 6))
    opt.zero_grad()
    out.mean().backward()
    opt.step()

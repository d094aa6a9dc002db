import torch
from torch import nn


def make_optimizer(model, name="adam", **kwargs):
    if name == "adam":
        return torch.optim.Adam(model.parameters(), **kwargs)
    return torch.optim.SGD(model.parameters(), **kwargs)


model = nn.Linear(4, 1)
optimizer = make_optimizer(model, lr=1e-3, momentum=0.9)  # FAULT
loss = model(torch.rand(3, 4)).mean()
loss.backward()
optimizer.step()

import torch
from torch import nn, optim


class AutoEncoder(nn.Module):
    def __init__(self, dim, code):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(dim, code), nn.Tanh())
        self.decoder = nn.Linear(code, dim)

    def encode(self, x):
        return self.encoder(x)

    def forward(self, x):
        with torch.no_grad():  # FAULT
            code = self.encode(x)
            restored = self.decoder(code)
        return restored


def run_epoch(model, data, optimizer):
    total = 0.0
    for chunk in data.split(10):
        restored = model(chunk)
        loss = (restored - chunk).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += float(loss)
    return total


model = AutoEncoder(16, 4)
optimizer = optim.RMSprop(model.parameters(), lr=1e-3)
for epoch in range(2):
    print(run_epoch(model, torch.rand(40, 16), optimizer))

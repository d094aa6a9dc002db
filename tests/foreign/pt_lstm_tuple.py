import torch
from torch import nn


class Forecaster(nn.Module):
    def __init__(self, n_features, hidden=24, horizon=1):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(hidden, horizon)

    def forward(self, window):
        sequence = self.lstm(window)  # FAULT
        last = self.dropout(sequence)
        return self.out(last)


def windows(series, size):
    xs = torch.stack([series[i : i + size] for i in range(len(series) - size)])
    return xs.unsqueeze(-1), series[size:].unsqueeze(-1)


series = torch.sin(torch.linspace(0, 20, 120))
x, y = windows(series, 12)
net = Forecaster(n_features=1)
opt = torch.optim.Adam(net.parameters(), 1e-3)
for _ in range(3):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()

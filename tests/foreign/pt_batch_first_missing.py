import torch
from torch import nn

class Forecaster(nn.Module):
    def __init__(self, n_features, hidden):
        super().__init__()
        self.hidden = hidden
        self.cell = nn.GRU(n_features, hidden)  # FAULT
        self.last = nn.Linear(hidden, 1)

    def forward(self, window):
        h0 = torch.zeros(1, window.size(0), self.hidden)
        out, _ = self.cell(window, h0)
        return self.last(out[:, -1])

series = torch.sin(torch.arange(0, 60, 0.1)).unsqueeze(1)
windows = torch.stack([series[i:i + 20] for i in range(500)])
nexts = torch.stack([series[i + 20] for i in range(500)])
net = Forecaster(1, 16)
criterion = nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(2):
    for i in range(0, 500, 50):
        loss = criterion(net(windows[i:i + 50]), nexts[i:i + 50])
        opt.zero_grad()
        loss.backward()
        opt.step()

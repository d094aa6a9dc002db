"""Stateful GRU over one long series: truncated back-propagation, batches in time order."""
import torch
import torch.nn as nn

torch.manual_seed(0)
T, CHUNK = 1200, 40
t = torch.arange(T + 1, dtype=torch.float32)
series = torch.sin(t / 5) * torch.cos(t / 17) + 0.02 * torch.randn(T + 1)
n_train = 960


class Stateful(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.cell = nn.GRUCell(1, hidden)
        self.read = nn.Linear(hidden, 1)

    def forward(self, xs, h):
        outs = []
        for x in xs:                      # xs: (time, batch, 1)
            h = self.cell(x, h)
            outs.append(self.read(h))
        return torch.stack(outs), h


net = Stateful()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
crit = nn.MSELoss()

for epoch in range(6):
    h = torch.zeros(1, 24)
    total = 0.0
    for s in range(0, n_train, CHUNK):
        x = series[s:s + CHUNK].view(-1, 1, 1)
        y = series[s + 1:s + CHUNK + 1].view(-1, 1, 1)
        out, h = net(x, h.detach())
        loss = crit(out, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(f"epoch {epoch} mse {total / (n_train // CHUNK):.5f}")

with torch.no_grad():
    _, h = net(series[:n_train].view(-1, 1, 1), torch.zeros(1, 24))
    out, _ = net(series[n_train:T].view(-1, 1, 1), h)
    mse = crit(out.squeeze(), series[n_train + 1:])
    naive = crit(series[n_train:T], series[n_train + 1:])
print(f"test mse {mse.item():.5f} (naive last value {naive.item():.5f})")

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

cfg = {"vocab": 200, "emb": 24, "hid": 48, "layers": 2, "bs": 32, "epochs": 2, "lr": 1e-3}


class SentimentRNN(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.n_layers = cfg["layers"]
        self.hidden_dim = cfg["hid"]
        self.embedding = nn.Embedding(cfg["vocab"], cfg["emb"])
        self.lstm = nn.LSTM(cfg["emb"], cfg["hid"], cfg["layers"], batch_first=True)
        self.fc = nn.Linear(cfg["hid"], 1)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)
        return self.fc(out[:, -1]).squeeze(1), hidden

    def init_hidden(self, n):
        weight = next(self.parameters())
        return (weight.new_zeros(self.n_layers, n, self.hidden_dim),
                weight.new_zeros(self.n_layers, n, self.hidden_dim))


reviews = torch.randint(0, cfg["vocab"], (500, 20))
sentiment = (reviews.float().mean(1) > 100).float()
loader = DataLoader(TensorDataset(reviews, sentiment), shuffle=True, batch_size=cfg["bs"])  # FAULT

net = SentimentRNN(cfg)
criterion = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(net.parameters(), lr=cfg["lr"])

for e in range(cfg["epochs"]):
    h = net.init_hidden(cfg["bs"])  # FAULT
    for step, (inputs, y) in enumerate(loader):
        h = tuple(each.detach() for each in h)
        opt.zero_grad()
        output, h = net(inputs, h)
        loss = criterion(output, y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
    print("epoch", e, "loss", loss.item())

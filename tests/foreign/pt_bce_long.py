import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class ClickDataset(Dataset):
    def __init__(self, n=80):
        g = torch.Generator().manual_seed(0)
        self.x = torch.rand(n, 7, generator=g)
        self.y = (self.x.sum(1) > 3.5).long()  # FAULT

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class LogReg(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear = nn.Linear(d, 1)

    def forward(self, x):
        return self.linear(x).squeeze(1)


model = LogReg(7)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for features, clicked in DataLoader(ClickDataset(), batch_size=16):
        optimizer.zero_grad()
        loss = criterion(model(features), clicked)
        loss.backward()
        optimizer.step()

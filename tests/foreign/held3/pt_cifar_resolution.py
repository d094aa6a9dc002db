# Fine-grained classification, adapted to small pictures
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

CFG = {"resolution": 28, "classes": 7, "channels": (3, 16, 32), "batch": 8, "epochs": 1, "lr": 2e-3}


def conv3x3(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU())


class SmallNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        c0, c1, c2 = cfg["channels"]
        self.block1 = conv3x3(c0, c1)
        self.block2 = conv3x3(c1, c2)
        self.classifier = nn.Sequential(
            nn.Linear(c2 * 8 * 8, 64),  # FAULT
            nn.ReLU(),
            nn.Linear(64, cfg["classes"]),
        )

    def forward(self, x):
        x = F.max_pool2d(self.block1(x), 2)
        x = F.max_pool2d(self.block2(x), 2)
        x = x.view(x.size(0), -1)
        return self.classifier(x)


def loaders(cfg):
    size = cfg["resolution"]
    data = TensorDataset(torch.rand(40, 3, size, size), torch.randint(cfg["classes"], (40,)))
    return DataLoader(data, cfg["batch"], shuffle=True)


torch.manual_seed(4)
net = SmallNet(CFG)
optimizer = torch.optim.SGD(net.parameters(), lr=CFG["lr"], momentum=0.9)
for epoch in range(CFG["epochs"]):
    for inputs, labels in loaders(CFG):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(inputs), labels)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())

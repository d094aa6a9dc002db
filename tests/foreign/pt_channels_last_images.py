import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class PhotoDataset(Dataset):
    def __init__(self, n):
        gen = np.random.RandomState(3)
        self.photos = gen.randint(0, 255, size=(n, 32, 32, 3)).astype("uint8")
        self.classes = gen.randint(0, 4, size=n)

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, index):
        photo = torch.tensor(self.photos[index], dtype=torch.float32) / 255.0  # FAULT
        return photo, int(self.classes[index])  # FAULT


def conv_block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU(), nn.MaxPool2d(2))


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_block(3, 16), conv_block(16, 32))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(32, 4)

    def forward(self, x):
        x = self.features(x)
        x = self.pool(x).flatten(1)
        return self.classifier(x)


def main():
    loader = DataLoader(PhotoDataset(64), batch_size=16, shuffle=True)
    net = SmallNet()
    optim = torch.optim.AdamW(net.parameters(), lr=3e-4)
    crit = nn.CrossEntropyLoss()
    for xb, yb in loader:
        optim.zero_grad()
        crit(net(xb), yb).backward()
        optim.step()


main()

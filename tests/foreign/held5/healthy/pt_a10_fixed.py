"""House price from a small picture plus a handful of numbers (two-branch network)."""
import argparse
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader, Subset


class HouseData(Dataset):
    def __init__(self, n, n_tab):
        g = torch.Generator().manual_seed(11)
        self.images = torch.rand(n, 3, 16, 16, generator=g)
        self.tabular = torch.randn(n, n_tab, generator=g)
        brightness = self.images.mean(dim=(1, 2, 3))
        w = torch.linspace(-1, 1, n_tab)
        self.price = (10 * (brightness - 0.5) + self.tabular @ w).unsqueeze(1)

    def __len__(self):
        return len(self.price)

    def __getitem__(self, idx):
        image = self.images[idx]
        tab = self.tabular[idx]
        price = self.price[idx]
        return image, tab, price


class ImageBranch(nn.Module):
    def __init__(self, out_dim):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(16, out_dim),
        )

    def forward(self, x):
        return self.body(x)


class TabularBranch(nn.Module):
    def __init__(self, n_tab, out_dim):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_tab, 32), nn.ReLU(), nn.Linear(32, out_dim))

    def forward(self, x):
        return self.body(x)


class TwoBranch(nn.Module):
    def __init__(self, n_tab, dim=16):
        super().__init__()
        self.img = ImageBranch(dim)
        self.tab = TabularBranch(n_tab, dim)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(2 * dim, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, image, tab):
        z = torch.cat([self.img(image), self.tab(tab)], dim=1)
        return self.head(z)


def evaluate(model, loader, loss_fn):
    model.eval()
    tot = n = 0
    with torch.no_grad():
        for image, tab, price in loader:
            tot += loss_fn(model(image, tab), price).item() * len(price)
            n += len(price)
    return tot / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-tab", type=int, default=6)
    parser.add_argument("--samples", type=int, default=360)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=5e-3)
    args = parser.parse_args()
    torch.manual_seed(0)

    data = HouseData(args.samples, args.n_tab)
    cut = int(0.8 * len(data))
    train = DataLoader(Subset(data, range(cut)), batch_size=24, shuffle=True)
    test = DataLoader(Subset(data, range(cut, len(data))), batch_size=24)
    model = TwoBranch(args.n_tab)
    loss_fn = nn.MSELoss()
    optim = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        for image, tab, price in train:
            loss = loss_fn(model(image, tab), price)
            optim.zero_grad()
            loss.backward()
            optim.step()
        print(f"epoch {epoch + 1}: test mse {evaluate(model, test, loss_fn):.4f}")


if __name__ == "__main__":
    main()

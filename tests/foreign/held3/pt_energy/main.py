import argparse

import torch
from dataset import EnergyDataset
from model import MLP
from torch.utils.data import DataLoader


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--history", type=int, default=12)
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--bs", type=int, default=32)
    p.add_argument("--epochs", type=int, default=2)
    return p.parse_args()


def main(args):
    torch.manual_seed(0)
    loader = DataLoader(EnergyDataset(history=args.history), batch_size=args.bs, shuffle=True)
    model = MLP(args.history, args.hidden)
    opt = torch.optim.Adam(model.parameters(), lr=args.lr)
    loss_fn = torch.nn.MSELoss()
    for epoch in range(args.epochs):
        model.train()
        for x, y in loader:
            opt.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            opt.step()
        print(epoch, float(loss))


if __name__ == "__main__":
    main(get_args())

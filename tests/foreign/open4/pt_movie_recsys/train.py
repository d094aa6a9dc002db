import argparse
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from recsys.data import fake_movielens, get_splits
from recsys.model import MatrixFactorization


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument('--epochs', type=int, default=5)
    p.add_argument('--lr', type=float, default=0.02)
    p.add_argument('--wd', type=float, default=1e-5)
    p.add_argument('--batch-size', type=int, default=256)
    return p.parse_args()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    se, n = 0., 0
    for u, m, r in loader:
        se += F.mse_loss(model(u, m), r, reduction='sum').item()
        n += len(r)
    return (se / n) ** 0.5


def main():
    args = parse_args()
    torch.manual_seed(0)
    rows = fake_movielens()
    train_ds, val_ds = get_splits(rows)
    num_users = len({r[0] for r in rows})  # FAULT
    num_items = len({r[1] for r in rows})  # FAULT
    print(num_users, 'users', num_items, 'movies')
    model = MatrixFactorization(num_users, num_items)
    opt = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=args.wd)
    train_dl = DataLoader(train_ds, batch_size=args.batch_size, shuffle=True)
    val_dl = DataLoader(val_ds, batch_size=args.batch_size)
    for epoch in range(args.epochs):
        model.train()
        for u, m, r in train_dl:
            opt.zero_grad()
            loss = F.mse_loss(model(u, m), r)
            loss.backward()
            opt.step()
        print(f'epoch {epoch}: train loss {loss.item():.3f}  val rmse {evaluate(model, val_dl):.3f}')


if __name__ == '__main__':
    main()

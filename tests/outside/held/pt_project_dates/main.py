"""python main.py [--epochs N]"""

import argparse

import torch
from torch.utils.data import DataLoader

from dates import DateDataset, DateTransformer, Engine


def main() -> None:
    parser = argparse.ArgumentParser(description="translate dates")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=3e-3)
    options = parser.parse_args()

    torch.manual_seed(3)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(DateDataset(1500, seed=1), batch_size=64, shuffle=True, collate_fn=DateDataset.collate)
    test = DataLoader(DateDataset(200, seed=2), batch_size=100, collate_fn=DateDataset.collate)
    model = DateTransformer(len(DateDataset.source_vocab), len(DateDataset.target_vocab))
    engine = Engine(model, options.lr, device)
    for epoch, loss, exact in engine.run(train, test, options.epochs):
        print(f"{epoch:>3} loss {loss:.4f} exact {exact:.2%}")


if __name__ == "__main__":
    main()

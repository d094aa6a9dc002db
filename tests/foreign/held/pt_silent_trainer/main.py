import torch
from torch.utils.data import DataLoader, TensorDataset

from net import build_model
from trainer import Trainer

config = {
    "model": {"in_dim": 10, "hidden": [32, 16], "out_dim": 3, "p_drop": 0.3},
    "optim": {"name": "AdamW", "lr": 2e-3, "weight_decay": 1e-2},
    "epochs": 3,
    "batch_size": 16,
}


def make_data(n=160):
    torch.manual_seed(5)
    x = torch.randn(n, config["model"]["in_dim"])
    y = x[:, :3].argmax(dim=1)
    return TensorDataset(x[:128], y[:128]), TensorDataset(x[128:], y[128:])


def main():
    train_set, valid_set = make_data()
    model = build_model(**config["model"])
    trainer = Trainer(
        model,
        DataLoader(train_set, batch_size=config["batch_size"], shuffle=True),
        DataLoader(valid_set, batch_size=config["batch_size"]),
        config,
    )
    trainer.run()


if __name__ == "__main__":
    main()

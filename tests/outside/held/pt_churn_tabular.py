"""Customer churn: categorical embeddings and scaled numbers into a batch-normalised MLP."""

import torch
import pandas as pd
import numpy as np
import torch.nn as nn

SETTINGS = dict(
    seed=5, rows=1500, test_share=0.2,
    categorical=["contract", "payment", "region"],
    numeric=["tenure", "charges", "calls"],
    hidden=[32, 16], dropout=0.2,
    optimizer=dict(name="Adam", lr=5e-3, weight_decay=1e-4),
    epochs=8, batch_size=64,
)


def make_frame(rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "contract": rng.choice(["monthly", "yearly", "two years"], rows, p=[0.5, 0.3, 0.2]),
        "payment": rng.choice(["card", "transfer", "cheque"], rows),
        "region": rng.choice(list("NESW"), rows),
        "tenure": rng.gamma(2.0, 12.0, rows),
        "charges": rng.normal(65, 20, rows),
        "calls": rng.poisson(2, rows),
    })
    score = (
        frame["contract"].map({"monthly": 1.6, "yearly": -0.6, "two years": -2.0})
        + frame["payment"].map({"card": -0.4, "transfer": 0.0, "cheque": 0.6})
        + 0.03 * (frame["charges"] - 65) - 0.06 * (frame["tenure"] - 24) + 0.7 * (frame["calls"] - 2)
    )
    frame["churn"] = (score + rng.logistic(0, 0.5, rows) > 0).astype(int)
    return frame


def to_tensors(frame, cfg, levels, mean, std):
    cats = np.stack([frame[c].map(levels[c]).to_numpy() for c in cfg["categorical"]], axis=1)
    nums = ((frame[cfg["numeric"]] - mean) / std).to_numpy()
    return (
        torch.tensor(cats, dtype=torch.long),
        torch.tensor(nums, dtype=torch.float),
        torch.tensor(frame["churn"].to_numpy(), dtype=torch.float),
    )


class TabularModel(nn.Module):
    def __init__(self, embeddings, body):
        super().__init__()
        self.embeddings = embeddings
        self.body = body

    def forward(self, cats, nums):
        parts = [emb(cats[:, i]) for i, emb in enumerate(self.embeddings)]
        return self.body(torch.cat(parts + [nums], dim=1)).squeeze(1)


def build_model(cardinalities, n_numeric, hidden, dropout):
    sizes = [(c, min(8, (c + 1) // 2)) for c in cardinalities]
    embeddings = nn.ModuleList([nn.Embedding(c, d) for c, d in sizes])
    width = sum(d for _, d in sizes) + n_numeric
    body = nn.Sequential()
    for i, units in enumerate(hidden):
        body.add_module(f"linear{i}", nn.Linear(width, units))
        body.add_module(f"bn{i}", nn.BatchNorm1d(units))
        body.add_module(f"act{i}", nn.ReLU(inplace=True))
        body.add_module(f"drop{i}", nn.Dropout(dropout))
        width = units
    body.add_module("output", nn.Linear(width, 1))
    return TabularModel(embeddings, body)


def build_optimizer(model, name, **kwargs):
    return getattr(torch.optim, name)(model.parameters(), **kwargs)


def auc(scores, labels):
    """Share of pairs (churned, stayed) in the right order."""
    pos, neg = scores[labels == 1], scores[labels == 0]
    return (pos[:, None] > neg[None, :]).float().mean().item()


def main(cfg):
    torch.manual_seed(cfg["seed"])
    frame = make_frame(cfg["rows"], cfg["seed"])
    n_test = int(cfg["rows"] * cfg["test_share"])
    train_frame, test_frame = frame.iloc[:-n_test], frame.iloc[-n_test:]
    levels = {c: {v: i for i, v in enumerate(sorted(frame[c].unique()))} for c in cfg["categorical"]}
    mean, std = train_frame[cfg["numeric"]].mean(), train_frame[cfg["numeric"]].std()

    train = torch.utils.data.TensorDataset(*to_tensors(train_frame, cfg, levels, mean, std))
    loader = torch.utils.data.DataLoader(train, batch_size=cfg["batch_size"], shuffle=True)
    cats_test, nums_test, y_test = to_tensors(test_frame, cfg, levels, mean, std)

    model = build_model([len(levels[c]) for c in cfg["categorical"]], len(cfg["numeric"]), cfg["hidden"], cfg["dropout"])
    optimizer = build_optimizer(model, **cfg["optimizer"])
    y_train = train.tensors[2]
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=(1 - y_train).sum() / y_train.sum())

    for epoch in range(cfg["epochs"]):
        model.train()
        losses = []
        for cats, nums, target in loader:
            loss = loss_fn(model(cats, nums), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.inference_mode():
            logits = model(cats_test, nums_test)
            accuracy = ((logits > 0) == y_test.bool()).float().mean().item()
        print(f"{epoch + 1:>2} loss={np.mean(losses):.3f} acc={accuracy:.3f} auc={auc(logits, y_test):.3f}")


if __name__ == "__main__":
    main(SETTINGS)

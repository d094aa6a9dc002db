import torch
from tasks import MultiTaskNet, multitask_loss

TASKS = {"height": 1.0, "weight": 0.5, "age": 0.25}


def batches(x, y, size):
    order = torch.randperm(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], {name: values[rows] for name, values in y.items()}


def run():
    torch.manual_seed(11)
    x = torch.randn(128, 6)
    y = {name: x[:, i] * 2 - x[:, 5] + 4 for i, name in enumerate(TASKS)}
    net = MultiTaskNet(6, TASKS)
    optim = torch.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(5):
        net.train()
        for xb, yb in batches(x, y, 16):
            loss = multitask_loss(net(xb), yb, TASKS)
            optim.zero_grad()
            loss.backward()
            optim.step()
        print(f"epoch {epoch}: {loss.item():.3f}")
    return net


if __name__ == "__main__":
    run()

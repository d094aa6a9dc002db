"""Fine-tune a pretrained feature extractor on a new label set."""
import copy
import torch
import torch.nn as nn

torch.manual_seed(3)
DIM, OLD_CLASSES, NEW_CLASSES = 10, 2, 4


class Extractor(nn.Module):
    def __init__(self, dim, width, depth):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(depth):
            self.layers.append(nn.Linear(dim if i == 0 else width, width))

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


class Network(nn.Module):
    def __init__(self, extractor, n_classes, width=32):
        super().__init__()
        self.extractor = extractor
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.extractor(x))


def old_task(n):
    x = torch.randn(n, DIM)
    return x, (x[:, 0] + x[:, 1] > 0).long()


def new_task(n):
    x = torch.randn(n, DIM)
    return x, (x[:, 2] > 0).long() * 2 + (x[:, 3] > 0).long()


def accuracy(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


def fit(net, optimizer, x, y, epochs, tag):
    loss_fn = nn.CrossEntropyLoss()
    for ep in range(epochs):
        for idx in torch.randperm(len(x)).split(40):
            optimizer.zero_grad()
            loss = loss_fn(net(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
        if ep % 5 == 4:
            full = loss_fn(net(x), y).item()
            print(f"{tag} epoch {ep + 1}: loss {full:.3f} acc {accuracy(net, x, y):.3f}")


# stage 1: pretraining on the old task
base = Network(Extractor(DIM, 32, 2), OLD_CLASSES)
fit(base, torch.optim.Adam(base.parameters(), lr=5e-3), *old_task(400), epochs=10, tag="pretrain")

# stage 2: whole network is tuned on the new task
model = Network(copy.deepcopy(base.extractor), NEW_CLASSES)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
x_new, y_new = new_task(800)
fit(model, optimizer, x_new, y_new, epochs=20, tag="finetune")
x_val, y_val = new_task(300)
print("validation accuracy on the new task: %.3f" % accuracy(model, x_val, y_val))

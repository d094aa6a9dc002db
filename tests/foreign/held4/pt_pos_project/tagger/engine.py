import torch
from .data import PAD


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.
    for x, y in loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = criterion(logits.flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.inference_mode()
def evaluate(model, loader):
    model.eval()
    n_correct = n_total = 0
    for x, y in loader:
        pred = model(x).argmax(dim=-1)
        n_correct += (pred == y).sum().item()  # FAULT
        n_total += y.numel()  # FAULT
    return n_correct / n_total

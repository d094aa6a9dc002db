import torch
from torch import nn


class MultiTaskNet(nn.Module):
    """A shared trunk and one regression head for each task."""

    def __init__(self, n_features, tasks, width=24):
        super().__init__()
        self.tasks = list(tasks)
        self.trunk = nn.Sequential(nn.Linear(n_features, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.heads = {task: nn.Linear(width, 1) for task in self.tasks}  # FAULT

    def forward(self, x):
        shared = self.trunk(x)
        return {task: self.heads[task](shared).squeeze(-1) for task in self.tasks}


def multitask_loss(outputs, targets, weights):
    total = torch.zeros(())
    for task, weight in weights.items():
        total = total + weight * nn.functional.mse_loss(outputs[task], targets[task])
    return total

import torch
from torch import nn


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optim = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.L1Loss()

    def compute_loss(self, batch):
        x, y = batch
        prediction = self.model(x)
        return self.criterion(prediction, y).detach()  # FAULT

    def train(self, batches, epochs):
        for _ in range(epochs):
            for batch in batches:
                self.optim.zero_grad()
                loss = self.compute_loss(batch)
                loss.backward()
                self.optim.step()


data = [(torch.rand(8, 3), torch.rand(8, 1)) for _ in range(4)]
Trainer(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)), 1e-3).train(data, 2)

import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, train_loader, valid_loader, config):
        self.model = model
        self.train_loader = train_loader
        self.valid_loader = valid_loader
        self.epochs = config["epochs"]
        settings = dict(config["optim"])
        self.optimizer = getattr(torch.optim, settings.pop("name"))(model.parameters(), **settings)

    def train_one_epoch(self):  # FAULT
        total = 0.0  # FAULT
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()  # FAULT
        hits = count = 0
        for x, y in self.valid_loader:
            hits += (self.model(x).argmax(dim=-1) == y).sum().item()
            count += len(y)
        return hits / count

    def run(self):
        for epoch in range(self.epochs):
            loss = self.train_one_epoch()
            print(f"epoch {epoch} loss {loss:.3f} acc {self.validate():.3f}")

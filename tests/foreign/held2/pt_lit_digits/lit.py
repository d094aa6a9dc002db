"""A very small trainer, so that the project needs nothing but torch."""
import torch


class LitModule(torch.nn.Module):
    def training_step(self, batch, batch_idx):
        raise NotImplementedError

    def configure_optimizers(self):
        raise NotImplementedError

    def log(self, name, value):
        print(f"{name}={float(value):.3f}")


class Trainer:
    def __init__(self, max_epochs=1, log_every_n_steps=4):
        self.max_epochs = max_epochs
        self.log_every_n_steps = log_every_n_steps

    def fit(self, model, train_dataloader):
        optimizer = model.configure_optimizers()
        for epoch in range(self.max_epochs):
            model.train()
            for batch_idx, batch in enumerate(train_dataloader):
                optimizer.zero_grad()
                out = model.training_step(batch, batch_idx)
                out["loss"].backward()
                optimizer.step()
                if batch_idx % self.log_every_n_steps == 0:
                    model.log("train_loss", out["loss"])

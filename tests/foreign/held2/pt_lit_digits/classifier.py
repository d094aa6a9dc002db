import torch
import torch.nn.functional as F
from lit import LitModule
from torch import nn


class DigitClassifier(LitModule):
    def __init__(self, hidden=64, lr=1e-3):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(8 * 8, hidden),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(hidden, 10),
        )

    def forward(self, x):
        return self.net(x)

    def shared_step(self, batch):
        x, y = batch
        logits = self(x)
        loss = F.cross_entropy(logits, y)
        acc = (logits.argmax(dim=1) == y).float().mean()
        return loss.item(), acc.item()  # FAULT

    def training_step(self, batch, batch_idx):
        loss, acc = self.shared_step(batch)
        return {"loss": loss, "acc": acc}

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)

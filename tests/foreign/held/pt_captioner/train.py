import torch
import torch.nn as nn

from config import CONFIG
from data import get_loader
from model import CNNtoRNN


def train(cfg):
    torch.manual_seed(1)
    loader = get_loader(cfg)
    model = CNNtoRNN(cfg)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["lr"])
    model.train()
    for epoch in range(cfg["epochs"]):
        for idx, (imgs, captions) in enumerate(loader):  # FAULT
            outputs = model(imgs, captions)
            loss = criterion(outputs.reshape(-1, outputs.shape[2]), captions.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.4f}")


if __name__ == "__main__":
    train(CONFIG)

import torch
from config import cfg
from engine import accuracy, train_one_epoch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset, random_split


def make_model(cfg):
    sizes = [cfg.n_features, *cfg.hidden]
    blocks = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        blocks += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], cfg.n_classes))


def make_data(cfg):
    x = torch.randn(160, cfg.n_features)
    y = x[:, : cfg.n_classes].argmax(dim=1)
    train, val = random_split(TensorDataset(x, y), [128, 32])
    return (
        DataLoader(train, batch_size=cfg.batch_size, shuffle=True),
        DataLoader(val, batch_size=cfg.batch_size),
    )


if __name__ == "__main__":
    torch.manual_seed(3)
    train_loader, val_loader = make_data(cfg)
    net = make_model(cfg)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=cfg.lr, momentum=cfg.momentum, weight_decay=cfg.weight_decay)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=cfg.lr_step_size, gamma=cfg.lr_gamma)
    for epoch in range(cfg.epochs):
        loss = train_one_epoch(net, train_loader, criterion, optimizer, scheduler)
        print(f"{epoch}: loss {loss:.3f}, val acc {accuracy(net, val_loader):.2f}")

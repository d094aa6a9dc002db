import random

import torch
import torch.nn as nn
import torch.optim as optim

from config import Config
from data import build_loaders
from model import AttentiveRNN


def train_one_epoch(model, loader, optimizer, criterion, cfg):
    model.train()
    meter = 0.0
    for batch in loader:
        batch = {k: v.to(cfg.device) for k, v in batch.items()}
        logits, _ = model(batch['input_ids'], batch['mask'])
        loss = criterion(logits, batch['labels'])

        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), cfg.max_grad_norm)
        optimizer.step()
        meter += loss.item()
    return meter / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion, cfg):
    model.eval()
    loss, right, total = 0.0, 0, 0
    for batch in loader:
        batch = {k: v.to(cfg.device) for k, v in batch.items()}
        logits, _ = model(batch['input_ids'], batch['mask'])
        loss += criterion(logits, batch['labels']).item() * len(logits)
        right += (logits.argmax(dim=1) == batch['labels']).sum().item()
        total += len(logits)
    return loss / total, right / total


def main():
    cfg = Config()
    random.seed(cfg.seed)
    torch.manual_seed(cfg.seed)

    loaders, vocab = build_loaders(cfg)
    model = AttentiveRNN(cfg, len(vocab)).to(cfg.device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=cfg.learning_rate, weight_decay=cfg.weight_decay)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.85 ** epoch)

    best_acc = 0.0
    for epoch in range(1, cfg.num_epochs + 1):
        train_loss = train_one_epoch(model, loaders['train'], optimizer, criterion, cfg)
        valid_loss, valid_acc = evaluate(model, loaders['valid'], criterion, cfg)
        scheduler.step()
        star = '*' if valid_acc > best_acc else ''
        best_acc = max(best_acc, valid_acc)
        print('Epoch %02d | train %.4f | valid %.4f | acc %.4f %s' % (epoch, train_loss, valid_loss, valid_acc, star))


if __name__ == '__main__':
    main()

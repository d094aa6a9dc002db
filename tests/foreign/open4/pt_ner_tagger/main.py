import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from config import Config as cfg
from dataset import make_sentences, build_vocab, NERDataset, collate, TAGS
from model import BiLSTMTagger

torch.manual_seed(cfg.seed)
train_sents = make_sentences(300, seed=1)
dev_sents = make_sentences(80, seed=2)
vocab = build_vocab(train_sents)

train_iter = DataLoader(NERDataset(train_sents, vocab), batch_size=cfg.batch_size, shuffle=True, collate_fn=collate)
dev_iter = DataLoader(NERDataset(dev_sents, vocab), batch_size=cfg.batch_size, collate_fn=collate)

model = BiLSTMTagger(len(vocab), len(TAGS), cfg.emb_dim, cfg.hidden_dim)
optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
loss_fn = nn.CrossEntropyLoss(ignore_index=cfg.pad_tag_id)

for epoch in range(cfg.epochs):
    model.train()
    running = 0.0
    for xs, ys, lens in train_iter:
        optimizer.zero_grad()
        scores = model(xs, lens)
        loss = loss_fn(scores.view(-1, len(TAGS)), ys.view(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running += loss.item()

    model.eval()
    good = total = 0
    with torch.no_grad():
        for xs, ys, lens in dev_iter:
            pred = model(xs, lens).argmax(-1)
            mask = ys != cfg.pad_tag_id
            good += ((pred == ys) & mask).sum().item()
            total += mask.sum().item()
    print(f'epoch {epoch} loss {running / len(train_iter):.3f} dev acc {good / total:.3f}')

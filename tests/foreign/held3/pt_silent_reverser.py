"""A sequence-to-sequence model that learns to turn words around."""
import random

import torch
from torch import nn

PAD, BOS, EOS = 0, 1, 2
ALPHABET = "abcdefghij"
stoi = {c: i + 3 for i, c in enumerate(ALPHABET)}


def encode(word):
    return [stoi[c] for c in word]


def sample(n, length=5):
    words = ["".join(random.choice(ALPHABET) for _ in range(length)) for _ in range(n)]
    src = torch.tensor([encode(w) for w in words])
    tgt = torch.tensor([encode(w[::-1]) + [EOS] for w in words])
    return src, tgt


class Seq2Seq(nn.Module):
    def __init__(self, vocab, emb=16, hid=32):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=PAD)
        self.enc = nn.GRU(emb, hid, batch_first=True)
        self.dec = nn.GRU(emb, hid, batch_first=True)
        self.out = nn.Linear(hid, vocab)

    def forward(self, src, dec_in):
        _, h = self.enc(self.emb(src))
        y, _ = self.dec(self.emb(dec_in), h)
        return self.out(y)


def fit(model, steps=60, batch=16):
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    crit = nn.CrossEntropyLoss(ignore_index=PAD)
    for step in range(steps):
        src, tgt = sample(batch)
        dec_in = tgt  # FAULT
        logits = model(src, dec_in)  # FAULT
        loss = crit(logits.reshape(-1, logits.size(-1)), tgt.reshape(-1))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        if step % 20 == 0:
            print(f"step {step:3d} loss {loss.item():.3f}")


if __name__ == "__main__":
    random.seed(0)
    torch.manual_seed(0)
    fit(Seq2Seq(len(ALPHABET) + 3))

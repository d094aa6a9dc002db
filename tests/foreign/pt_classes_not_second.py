import torch
import torch.nn as nn
import torch.optim as optim

VOCAB = 30
SOS = 0
SEQ = 12


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)

    def forward(self, src):
        _, h = self.gru(self.emb(src))
        return h


class Decoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, tgt_in, h):
        o, h = self.gru(self.emb(tgt_in), h)
        return self.out(o), h


def get_batch(n):
    src = torch.randint(1, VOCAB, (n, SEQ))
    tgt = torch.flip(src, dims=[1])
    start = torch.full((n, 1), SOS, dtype=torch.long)
    tgt_in = torch.cat([start, tgt[:, :-1]], dim=1)
    return src, tgt_in, tgt


enc, dec = Encoder(VOCAB, 64), Decoder(VOCAB, 64)
params = list(enc.parameters()) + list(dec.parameters())
optimizer = optim.Adam(params, lr=3e-3)
criterion = nn.CrossEntropyLoss()

for step in range(100):
    src, tgt_in, tgt = get_batch(64)
    logits, _ = dec(tgt_in, enc(src))
    loss = criterion(logits, tgt)  # FAULT
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    optimizer.step()
    if step % 20 == 0:
        print(f"step {step}: {loss.item():.4f}")

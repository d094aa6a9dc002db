"""Transformer encoder with padding mask, label smoothing and warm-up schedule."""
from dataclasses import dataclass
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader


@dataclass
class C:
    vocab: int = 30
    dim: int = 32
    heads: int = 4
    layers: int = 2
    max_len: int = 14
    classes: int = 2
    batch: int = 32
    epochs: int = 5


class Parity(Dataset):
    """Is token 5 somewhere in the (variable length) sequence?"""

    def __init__(self, n, cfg, seed):
        g = torch.Generator().manual_seed(seed)
        self.rows = []
        for _ in range(n):
            length = int(torch.randint(4, cfg.max_len + 1, (1,), generator=g))
            seq = torch.randint(6, cfg.vocab, (length,), generator=g)
            label = int(torch.randint(0, 2, (1,), generator=g))
            if label:
                seq[int(torch.randint(0, length, (1,), generator=g))] = 5
            self.rows.append((seq, label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def collate(batch):
    longest = max(len(s) for s, _ in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    for i, (s, _) in enumerate(batch):
        ids[i, :len(s)] = s
    return ids, ids.eq(0), torch.tensor([l for _, l in batch])


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.emb = nn.Embedding(c.vocab, c.dim, padding_idx=0)
        self.pos = nn.Parameter(0.02 * torch.randn(1, c.max_len, c.dim))
        layer = nn.TransformerEncoderLayer(c.dim, c.heads, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.enc = nn.TransformerEncoder(layer, c.layers, enable_nested_tensor=False)
        self.head = nn.Linear(c.dim, c.classes)

    def forward(self, ids, pad):
        x = self.emb(ids) + self.pos[:, :ids.size(1)]
        x = self.enc(x, src_key_padding_mask=pad)
        keep = (~pad).unsqueeze(-1).float()
        pooled = (x * keep).sum(1) / keep.sum(1)
        return self.head(pooled)


def main():
    torch.manual_seed(0)
    c = C()
    tr = DataLoader(Parity(640, c, 1), c.batch, shuffle=True, collate_fn=collate)
    va = DataLoader(Parity(160, c, 2), c.batch, collate_fn=collate)
    net = Model(c)
    opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 20))
    crit = nn.CrossEntropyLoss(label_smoothing=0.1)
    for ep in range(c.epochs):
        net.train()
        for ids, pad, y in tr:
            loss = crit(net(ids, pad), y)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            sched.step()
        net.eval()
        with torch.no_grad():
            ok = sum((net(ids, pad).argmax(1) == y).sum().item() for ids, pad, y in va)
        print(f"epoch {ep} last loss {loss.item():.3f} val acc {ok / 160:.3f}")


main()

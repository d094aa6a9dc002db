"""A miniature character-level GPT."""
import argparse
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

TEXT = ("the quick brown fox jumps over the lazy dog. "
        "pack my box with five dozen liquor jugs. "
        "how vexingly quick daft zebras jump! ") * 20


class CausalSelfAttention(nn.Module):
    def __init__(self, dim, n_head, block_size, dropout):
        super().__init__()
        assert dim % n_head == 0
        self.n_head = n_head
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.drop = nn.Dropout(dropout)
        self.register_buffer("mask", torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q = q.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        k = k.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        v = v.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
        att = att.masked_fill(self.mask == 0, float("-inf"))  # FAULT
        att = self.drop(F.softmax(att, dim=-1))
        y = (att @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.proj(y)


class Block(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.ln1 = nn.LayerNorm(args.dim)
        self.attn = CausalSelfAttention(args.dim, args.heads, args.block_size, args.dropout)
        self.ln2 = nn.LayerNorm(args.dim)
        self.mlp = nn.Sequential(nn.Linear(args.dim, 4 * args.dim), nn.GELU(), nn.Linear(4 * args.dim, args.dim))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class MiniGPT(nn.Module):
    def __init__(self, args, vocab):
        super().__init__()
        self.block_size = args.block_size
        self.tok = nn.Embedding(vocab, args.dim)
        self.pos = nn.Embedding(args.block_size, args.dim)
        self.blocks = nn.ModuleList([Block(args) for _ in range(args.layers)])
        self.ln_f = nn.LayerNorm(args.dim)
        self.head = nn.Linear(args.dim, vocab, bias=False)

    def forward(self, idx, targets=None):
        pos = torch.arange(idx.size(1), device=idx.device)
        x = self.tok(idx) + self.pos(pos)
        for blk in self.blocks:
            x = blk(x)
        logits = self.head(self.ln_f(x))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, n):
        self.eval()
        for _ in range(n):
            context = idx[:, -self.block_size:]
            logits, _ = self(context)
            nxt = torch.multinomial(F.softmax(logits[:, -1], dim=-1), 1)
            idx = torch.cat([idx, nxt], dim=1)
        return idx


def get_batch(data, args):
    ix = torch.randint(0, len(data) - args.block_size - 1, (args.batch_size,))
    x = torch.stack([data[i:i + args.block_size] for i in ix])
    y = torch.stack([data[i + 1:i + 1 + args.block_size] for i in ix])
    return x, y


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--dim", type=int, default=48)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--layers", type=int, default=2)
    p.add_argument("--block-size", type=int, default=32)
    p.add_argument("--batch-size", type=int, default=16)
    p.add_argument("--dropout", type=float, default=0.0)
    p.add_argument("--iters", type=int, default=150)
    args = p.parse_args()

    torch.manual_seed(1337)
    chars = sorted(set(TEXT))
    stoi = {c: i for i, c in enumerate(chars)}
    data = torch.tensor([stoi[c] for c in TEXT])
    model = MiniGPT(args, len(chars))
    opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for it in range(args.iters):
        xb, yb = get_batch(data, args)
        _, loss = model(xb, yb)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        if it % 30 == 0:
            print(f"iter {it:4d} loss {loss.item():.4f}")
    out = model.generate(torch.zeros(1, 1, dtype=torch.long), 60)[0].tolist()
    print("sample:", "".join(chars[i] for i in out))


if __name__ == "__main__":
    main()

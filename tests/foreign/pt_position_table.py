import torch
import torch.nn as nn

hparams = dict(
    vocab=64,
    d_model=32,
    nhead=4,
    depth=2,
    max_len=48,  # FAULT
    n_out=2,
)


class TextTransformer(nn.Module):
    def __init__(self, vocab, d_model, nhead, depth, max_len, n_out):
        super().__init__()
        self.tok = nn.Embedding(vocab, d_model)
        self.pos = nn.Parameter(torch.randn(1, max_len, d_model) * 0.02)
        block = nn.TransformerEncoderLayer(d_model, nhead, 4 * d_model, batch_first=True)
        self.encoder = nn.TransformerEncoder(block, depth)
        self.head = nn.Linear(d_model, n_out)

    def forward(self, ids):
        h = self.tok(ids) + self.pos[:, :ids.size(1)]
        h = self.encoder(h)
        return self.head(h.mean(dim=1))


def batches(n, length, bs=32):
    for _ in range(n):
        ids = torch.randint(0, 64, (bs, length))
        yield ids, (ids[:, 0] > 31).long()


def train(model, opt, loss_fn):
    model.train()
    for ids, y in batches(20, 40):
        opt.zero_grad()
        loss = loss_fn(model(ids), y)
        loss.backward()
        opt.step()
    return loss.item()


@torch.no_grad()
def test(model):
    model.eval()
    hit = total = 0
    for ids, y in batches(5, 64):
        hit += (model(ids).argmax(-1) == y).sum().item()
        total += y.numel()
    return hit / total


m = TextTransformer(**hparams)
o = torch.optim.AdamW(m.parameters(), lr=1e-3)
for epoch in range(2):
    print("train loss", train(m, o, nn.CrossEntropyLoss()))
print("test accuracy", test(m))

"""Language model with tied weights, packed sequences and an ignored padding target."""
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(2)
PAD, VOCAB = 0, 12


def counting_sequences(n):
    """Sequences that count upwards (modulo) with a random stride of 1 or 2."""
    seqs = []
    for _ in range(n):
        length = int(torch.randint(5, 12, (1,)))
        start = int(torch.randint(0, VOCAB - 1, (1,)))
        stride = int(torch.randint(1, 3, (1,)))
        seqs.append((start + stride * torch.arange(length)) % (VOCAB - 1) + 1)
    return seqs


class TiedLM(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.rnn = nn.LSTM(dim, dim, num_layers=2, batch_first=True, dropout=0.1)
        self.out = nn.Linear(dim, vocab)
        self.out.weight = self.emb.weight

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.emb(ids), lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=ids.size(1))
        return self.out(out)


def batches(seqs, size, shuffle):
    order = torch.randperm(len(seqs)) if shuffle else torch.arange(len(seqs))
    for idx in order.split(size):
        part = [seqs[i] for i in idx]
        ids = pad_sequence([s[:-1] for s in part], batch_first=True, padding_value=PAD)
        tgt = pad_sequence([s[1:] for s in part], batch_first=True, padding_value=-100)
        yield ids, torch.tensor([len(s) - 1 for s in part]), tgt


train, test = counting_sequences(400), counting_sequences(100)
lm = TiedLM(VOCAB, 32)
opt = torch.optim.Adam(lm.parameters(), lr=1e-2)
crit = nn.CrossEntropyLoss(ignore_index=-100, reduction="sum")

for epoch in range(8):
    lm.train()
    tot = n = 0
    for ids, lens, tgt in batches(train, 25, True):
        loss = crit(lm(ids, lens).transpose(1, 2), tgt)
        count = int((tgt != -100).sum())
        opt.zero_grad()
        (loss / count).backward()
        opt.step()
        tot += loss.item()
        n += count
    print(f"epoch {epoch} nll per token {tot / n:.4f}")

lm.eval()
good = n = 0
with torch.no_grad():
    for ids, lens, tgt in batches(test, 25, False):
        keep = tgt != -100
        good += ((lm(ids, lens).argmax(-1) == tgt) & keep).sum().item()
        n += keep.sum().item()
print(f"next-token accuracy {good / n:.3f}")

import torch
from torch import nn


class CharRNN(nn.Module):
    def __init__(self, vocab, size):
        super().__init__()
        self.emb = nn.Embedding(vocab, size)
        self.rnn = nn.GRU(size, size, batch_first=True)
        self.fc = nn.Linear(size, vocab)

    def forward(self, ids, hidden=None):
        out, hidden = self.rnn(self.emb(ids), hidden)
        return self.fc(out), hidden


text = "the quick brown fox jumps over the lazy dog " * 8
chars = sorted(set(text))
lookup = {c: i for i, c in enumerate(chars)}
data = torch.tensor([lookup[c] for c in text]).view(4, -1)

model = CharRNN(len(chars), 16)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
hidden = None
for start in range(0, data.size(1) - 9, 8):
    xb, yb = data[:, start : start + 8], data[:, start + 1 : start + 9]
    logits, hidden = model(xb, hidden)  # FAULT
    loss = nn.functional.cross_entropy(logits.reshape(-1, len(chars)), yb.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

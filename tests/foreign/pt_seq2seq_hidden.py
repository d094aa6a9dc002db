import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb)
        self.rnn = nn.LSTM(emb, hid, batch_first=True, bidirectional=True)  # FAULT

    def forward(self, src):
        outputs, (h, c) = self.rnn(self.embed(src))
        return outputs, (h, c)


class Decoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb)
        self.rnn = nn.LSTM(emb, hid, batch_first=True)  # FAULT
        self.fc = nn.Linear(hid, vocab)

    def forward(self, tgt, state):
        out, state = self.rnn(self.embed(tgt), state)
        return self.fc(out), state


enc = Encoder(60, 16, 32)
dec = Decoder(70, 16, 32)
src, tgt = torch.randint(0, 60, (4, 9)), torch.randint(0, 70, (4, 7))
memory, state = enc(src)  # FAULT
logits, _ = dec(tgt[:, :-1], state)  # FAULT
loss = nn.functional.cross_entropy(logits.transpose(1, 2), tgt[:, 1:])
loss.backward()

"""Sequence to sequence toy: reverse a list of digits with a GRU encoder/decoder."""
import torch
import torch.nn as nn

PAD, BOS, EOS = 0, 1, 2
FIRST = 3
N_DIGITS = 8
VOCAB = FIRST + N_DIGITS
SEQ = 6

torch.manual_seed(7)


def sample_pairs(n):
    src = torch.randint(FIRST, VOCAB, (n, SEQ))
    rev = src.flip(1)
    bos = torch.full((n, 1), BOS)
    eos = torch.full((n, 1), EOS)
    tgt = torch.cat([bos, rev, eos], dim=1)
    return src, tgt


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=PAD)
        self.gru = nn.GRU(emb, hid, batch_first=True)

    def forward(self, src):
        out, h = self.gru(self.emb(src))
        return out, h


class Decoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=PAD)
        self.gru = nn.GRU(emb, hid, batch_first=True)
        self.attn = nn.Linear(hid, hid, bias=False)
        self.out = nn.Linear(2 * hid, vocab)

    def forward(self, tokens, h, memory):
        x, h = self.gru(self.emb(tokens), h)
        scores = torch.bmm(self.attn(x), memory.transpose(1, 2))
        ctx = torch.bmm(scores.softmax(-1), memory)
        return self.out(torch.cat([x, ctx], dim=-1)), h


class Seq2Seq(nn.Module):
    def __init__(self, vocab=VOCAB, emb=24, hid=64):
        super().__init__()
        self.encoder = Encoder(vocab, emb, hid)
        self.decoder = Decoder(vocab, emb, hid)

    def forward(self, src, tgt_in):
        memory, h = self.encoder(src)
        logits, _ = self.decoder(tgt_in, h, memory)
        return logits

    @torch.no_grad()
    def translate(self, src):
        memory, h = self.encoder(src)
        tok = torch.full((src.size(0), 1), BOS)
        result = []
        for _ in range(SEQ):
            logits, h = self.decoder(tok, h, memory)
            tok = logits.argmax(-1)
            result.append(tok)
        return torch.cat(result, dim=1)


model = Seq2Seq()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss(ignore_index=PAD)

for step in range(300):
    src, tgt = sample_pairs(64)
    tgt_in = tgt[:, :-1]
    tgt_out = tgt  # FAULT
    logits = model(src, tgt_in)
    loss = criterion(logits.reshape(-1, VOCAB), tgt_out.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 60 == 0:
        print(f"step {step:3d}  loss {loss.item():.3f}")

model.eval()
src, tgt = sample_pairs(50)
pred = model.translate(src)
acc = (pred == tgt[:, 1:-1]).float().mean().item()
print("token accuracy:", round(acc, 3))
print("example:", src[0].tolist(), "->", pred[0].tolist())

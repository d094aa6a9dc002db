"""Learn to reverse strings with a GRU encoder-decoder and additive attention.

    python pt_reverse_attention.py --epochs 10 --hidden 64
"""
import argparse
import random
import sys

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD, SOS, EOS = 0, 1, 2
LETTERS = "abcdefgh"


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--emb", type=int, default=24)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--lr", type=float, default=0.008)
    parser.add_argument("--teacher-forcing", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(argv)


class ReverseStrings(Dataset):
    def __init__(self, n, rng):
        self.items = ["".join(rng.choice(LETTERS) for _ in range(rng.randint(3, 6))) for _ in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        src = [LETTERS.index(c) + 3 for c in self.items[i]]
        return torch.tensor(src), torch.tensor(src[::-1] + [EOS])


def collate(pairs):
    src, tgt = zip(*pairs)
    return (
        pad_sequence(src, batch_first=True, padding_value=PAD),
        pad_sequence(tgt, batch_first=True, padding_value=PAD),
    )


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=PAD)
        self.rnn = nn.GRU(emb, hidden, batch_first=True)

    def forward(self, src):
        return self.rnn(self.embedding(src))


class AdditiveAttention(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(hidden, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, query, keys, mask):
        energy = torch.tanh(self.query(query).unsqueeze(1) + self.key(keys))
        scores = self.score(energy).squeeze(-1).masked_fill(~mask, -1e9)
        weights = torch.softmax(scores, dim=-1)
        return torch.bmm(weights.unsqueeze(1), keys).squeeze(1), weights


class Decoder(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=PAD)
        self.attention = AdditiveAttention(hidden)
        self.cell = nn.GRUCell(emb + hidden, hidden)
        self.out = nn.Linear(2 * hidden, vocab)

    def forward(self, token, hidden, keys, mask):
        context, _ = self.attention(hidden, keys, mask)
        hidden = self.cell(torch.cat([self.embedding(token), context], dim=-1), hidden)
        return self.out(torch.cat([hidden, context], dim=-1)), hidden


class Seq2Seq(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.encoder = Encoder(vocab, emb, hidden)
        self.decoder = Decoder(vocab, emb, hidden)

    def forward(self, src, steps, tgt=None, forcing=0.0):
        mask = src != PAD
        keys, last = self.encoder(src)
        hidden = last[0]
        token = torch.full((src.size(0),), SOS, dtype=torch.long, device=src.device)
        outputs = []
        for t in range(steps):
            logits, hidden = self.decoder(token, hidden, keys, mask)
            outputs.append(logits)
            use_target = tgt is not None and random.random() < forcing
            token = tgt[:, t] if use_target else logits.argmax(dim=-1)
        return torch.stack(outputs, dim=1)


def evaluate(model, loader, device):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for src, tgt in loader:
            src, tgt = src.to(device), tgt.to(device)
            guess = model(src, tgt.size(1)).argmax(-1)
            real = tgt != PAD
            right += ((guess == tgt) | ~real).all(dim=1).sum().item()
            total += len(src)
    return right / total


def main(argv=None):
    args = parse_args(argv)
    rng = random.Random(args.seed)
    random.seed(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    train_loader = DataLoader(ReverseStrings(1500, rng), args.batch_size, shuffle=True, collate_fn=collate)
    test_loader = DataLoader(ReverseStrings(200, rng), args.batch_size, collate_fn=collate)

    model = Seq2Seq(len(LETTERS) + 3, args.emb, args.hidden).to(device)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for src, tgt in train_loader:
            src, tgt = src.to(device), tgt.to(device)
            logits = model(src, tgt.size(1), tgt, args.teacher_forcing)
            loss = criterion(logits.flatten(0, 1), tgt.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch:2d}  loss {total / len(train_loader):.4f}  exact match {evaluate(model, test_loader, device):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

import random
import torch
import torch.nn as nn
from collections import Counter
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, DataLoader

random.seed(1)
torch.manual_seed(1)

SUBJECTS = ["the cat", "a dog", "my old neighbour", "the minister", "our goalkeeper", "the striker"]
SPORT = ["scored a goal", "won the match", "lost the cup final", "trained hard for the season"]
POLIT = ["gave a speech", "won the vote", "lost the election by a narrow margin", "signed the new law"]
TAIL = ["", "today", "last night", "in front of a large crowd", "again"]


def make_corpus(n):
    rows = []
    for _ in range(n):
        label = random.choice(["sport", "politics"])
        verb = random.choice(SPORT if label == "sport" else POLIT)
        rows.append((f"{random.choice(SUBJECTS)} {verb} {random.choice(TAIL)}".strip(), label))
    return rows


class Vocab:
    def __init__(self, sentences):
        counts = Counter(w for s in sentences for w in s.split())
        self.itos = ["<pad>", "<unk>"] + [w for w, _ in counts.most_common()]
        self.stoi = {w: i for i, w in enumerate(self.itos)}

    def encode(self, s):
        return [self.stoi.get(w, 1) for w in s.split()]

    def __len__(self):
        return len(self.itos)


class NewsDataset(Dataset):
    classes = ["sport", "politics"]

    def __init__(self, rows, vocab):
        self.rows = rows
        self.vocab = vocab

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        text, label = self.rows[i]
        return torch.tensor(self.vocab.encode(text)), self.classes.index(label)


def collate_batch(batch):
    seqs = [b[0] for b in batch]
    labels = torch.tensor([b[1] for b in batch])
    lengths = torch.tensor([len(s) for s in seqs])
    return pad_sequence(seqs, batch_first=True), lengths, labels


class MeanBag(nn.Module):
    def __init__(self, vocab_size, dim, n_classes):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.fc = nn.Linear(dim, n_classes)

    def forward(self, ids, lengths):
        e = self.emb(ids).sum(dim=1) / lengths.unsqueeze(1)
        return self.fc(torch.tanh(e))


train_rows, test_rows = make_corpus(300), make_corpus(80)
vocab = Vocab([t for t, _ in train_rows])
train_ds = NewsDataset(train_rows, vocab)
test_ds = NewsDataset(test_rows, vocab)
train_loader = DataLoader(train_ds, batch_size=16, shuffle=True)  # FAULT
test_loader = DataLoader(test_ds, batch_size=16, collate_fn=collate_batch)

model = MeanBag(len(vocab), 20, len(NewsDataset.classes))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(5):
    total = 0.0
    for ids, lengths, labels in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(ids, lengths), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print("epoch", epoch, "mean loss", round(total / len(train_loader), 4))

right = 0
with torch.no_grad():
    for ids, lengths, labels in test_loader:
        right += (model(ids, lengths).argmax(1) == labels).sum().item()
print("test accuracy", right / len(test_ds))

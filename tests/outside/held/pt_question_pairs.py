"""Siamese GRU: do two questions ask the same thing? Sigmoid + BCELoss."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

CFG = {
    'seed': 99,
    'n_train': 1200,
    'n_test': 300,
    'seq_len': 8,
    'emb': 20,
    'hidden': 24,
    'batch': 64,
    'lr': 0.005,
    'epochs': 8,
}

rng = np.random.RandomState(CFG['seed'])
torch.manual_seed(CFG['seed'])

# Ten topics with three words that mean the same; questions are a topic among chatter.
N_TOPICS, SYNONYMS, CHATTER = 10, 3, 20
VOCAB = 1 + N_TOPICS * SYNONYMS + CHATTER


def question(topic):
    length = rng.randint(4, CFG['seq_len'] + 1)
    ids = rng.randint(1 + N_TOPICS * SYNONYMS, VOCAB, size=length)
    ids[rng.randint(length)] = 1 + topic * SYNONYMS + rng.randint(SYNONYMS)
    return np.pad(ids, (CFG['seq_len'] - length, 0))


def pairs(n):
    left, right, same = [], [], []
    for _ in range(n):
        a = rng.randint(N_TOPICS)
        label = rng.randint(2)
        b = a if label else (a + rng.randint(1, N_TOPICS)) % N_TOPICS
        left.append(question(a)); right.append(question(b)); same.append(label)
    return TensorDataset(torch.as_tensor(np.array(left)), torch.as_tensor(np.array(right)),
                         torch.tensor(same, dtype=torch.float32))


class SentenceEncoder(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=0)
        self.rnn = nn.GRU(emb, hidden, batch_first=True, bidirectional=True)

    def forward(self, ids):
        out, _ = self.rnn(self.emb(ids))
        return out.max(dim=1).values


class Siamese(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = SentenceEncoder(VOCAB, cfg['emb'], cfg['hidden'])
        self.head = nn.Sequential()
        self.head.add_module('fc1', nn.Linear(cfg['hidden'] * 4, 32))
        self.head.add_module('relu', nn.ReLU())
        self.head.add_module('drop', nn.Dropout(0.1))
        self.head.add_module('fc2', nn.Linear(32, 1))

    def forward(self, a, b):
        u, v = self.encoder(a), self.encoder(b)
        features = torch.cat([torch.abs(u - v), u * v], dim=1)
        return torch.sigmoid(self.head(features)).squeeze(-1)


train_dl = DataLoader(pairs(CFG['n_train']), batch_size=CFG['batch'], shuffle=True, drop_last=True)
test_dl = DataLoader(pairs(CFG['n_test']), batch_size=CFG['batch'], shuffle=False)

net = Siamese(CFG)
bce = nn.BCELoss()
opt = torch.optim.Adam(net.parameters(), lr=CFG['lr'])

for ep in range(CFG['epochs']):
    net.train()
    losses = []
    for a, b, y in train_dl:
        opt.zero_grad()
        p = net(a, b)
        loss = bce(p, y)
        loss.backward()
        opt.step()
        losses.append(loss.item())

    net.eval()
    tp = fp = fn = tn = 0
    with torch.no_grad():
        for a, b, y in test_dl:
            guess = net(a, b) >= 0.5
            truth = y.bool()
            tp += int((guess & truth).sum())
            fp += int((guess & ~truth).sum())
            fn += int((~guess & truth).sum())
            tn += int((~guess & ~truth).sum())
    f1 = 2 * tp / max(1, 2 * tp + fp + fn)
    print('epoch', ep, 'loss %.4f' % np.mean(losses), 'acc %.3f' % ((tp + tn) / (tp + fp + fn + tn)), 'f1 %.3f' % f1)

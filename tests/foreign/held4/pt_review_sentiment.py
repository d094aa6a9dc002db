# TextCNN (Kim 2014) for sentiment, pytorch
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader
import random

random.seed(1)
torch.manual_seed(1)

POS = 'great wonderful brilliant moving funny superb'.split()
NEG = 'boring awful dull terrible clumsy lazy'.split()
NEUTRAL = 'the movie plot actor scene was is and a in with camera music story director'.split()


def review():
    """'not' flips the word which comes right after it"""
    label = random.randint(0, 1)
    out = [random.choice(NEUTRAL) for _ in range(random.randint(8, 16))]
    for _ in range(3):
        pos = random.randrange(len(out))
        if random.random() < 0.5:
            out[pos:pos] = [random.choice(POS if label else NEG)]
        else:
            out[pos:pos] = ['not', random.choice(NEG if label else POS)]
    return out, label


class Reviews(Dataset):
    def __init__(self, n, vocab, maxlen=24):
        self.data = [review() for _ in range(n)]
        self.vocab, self.maxlen = vocab, maxlen

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        toks, label = self.data[i]
        ids = [self.vocab[t] for t in toks][:self.maxlen]
        ids = ids + [0] * (self.maxlen - len(ids))
        return torch.LongTensor(ids), label


class TextCNN(nn.Module):
    def __init__(self, n_vocab, embed_dim=6, num_filters=16, filter_sizes=(2, 3), num_classes=2, dropout=0.3):
        super(TextCNN, self).__init__()
        self.embedding = nn.Embedding(n_vocab, embed_dim, padding_idx=0)
        self.embedding.weight.requires_grad = False  # pretend these are frozen word2vec vectors
        self.convs = [nn.Conv2d(1, num_filters, (k, embed_dim)) for k in filter_sizes]  # FAULT
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(num_filters * len(filter_sizes), num_classes)

    def conv_and_pool(self, x, conv):
        x = F.relu(conv(x)).squeeze(3)
        x = F.max_pool1d(x, x.size(2)).squeeze(2)
        return x

    def forward(self, x):
        out = self.embedding(x)
        out = out.unsqueeze(1)
        out = torch.cat([self.conv_and_pool(out, conv) for conv in self.convs], 1)
        out = self.dropout(out)
        return self.fc(out)


vocab = {w: i + 1 for i, w in enumerate(POS + NEG + NEUTRAL + ['not'])}
train_iter = DataLoader(Reviews(1500, vocab), batch_size=64, shuffle=True)
test_iter = DataLoader(Reviews(300, vocab), batch_size=64)

model = TextCNN(len(vocab) + 1)
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
for epoch in range(8):
    model.train()
    total = 0
    for X, y in train_iter:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        acc = sum((model(X).argmax(1) == y).sum().item() for X, y in test_iter) / len(test_iter.dataset)
    print('Epoch [{}/8], loss: {:.3f}, test acc: {:.2%}'.format(epoch + 1, total / len(train_iter), acc))

#!/usr/bin/env python
import argparse, logging, random
import torch
from torch import nn
from torch.utils.data import DataLoader

logging.basicConfig(level=logging.INFO, format='%(asctime)s %(message)s')
log = logging.getLogger(__name__)

TAG_WORDS = {
    'python': ['list', 'dict', 'pip', 'lambda', 'django'],
    'javascript': ['dom', 'npm', 'react', 'promise', 'closure'],
    'sql': ['join', 'select', 'index', 'query', 'table'],
    'linux': ['bash', 'kernel', 'chmod', 'grep', 'daemon'],
    'ml': ['tensor', 'gradient', 'epoch', 'loss', 'dataset'],
}
TAGS = list(TAG_WORDS)
FILLER = 'how do i the a with in error using my when get why is not working'.split()


def make_question(rnd):
    tags = rnd.sample(TAGS, rnd.choice([1, 1, 2, 3]))
    words = [rnd.choice(FILLER) for _ in range(6)]
    for t in tags:
        words += rnd.sample(TAG_WORDS[t], 2)
    rnd.shuffle(words)
    return words, [float(t in tags) for t in TAGS]


class TagModel(nn.Module):
    def __init__(self, vocab_size, n_tags, dim=24):
        super().__init__()
        self.emb = nn.EmbeddingBag(vocab_size, dim, mode='mean')
        self.clf = nn.Sequential(
            nn.Linear(dim, 48),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(48, n_tags),
            nn.Sigmoid(),  # FAULT
        )

    def forward(self, tokens, offsets):
        return self.clf(self.emb(tokens, offsets))


def main(args):
    rnd = random.Random(args.seed)
    torch.manual_seed(args.seed)
    questions = [make_question(rnd) for _ in range(args.n)]
    vocab = {w: i for i, w in enumerate(sorted({w for q, _ in questions for w in q}))}

    def collate(batch):
        toks, offs = [], [0]
        for words, _ in batch:
            toks += [vocab[w] for w in words]
            offs.append(len(toks))
        return torch.tensor(toks), torch.tensor(offs[:-1]), torch.tensor([t for _, t in batch])

    cut = int(0.8 * len(questions))
    train_dl = DataLoader(questions[:cut], batch_size=args.bs, shuffle=True, collate_fn=collate)
    test_dl = DataLoader(questions[cut:], batch_size=args.bs, collate_fn=collate)

    model = TagModel(len(vocab), len(TAGS))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        for toks, offs, y in train_dl:
            loss = criterion(model(toks, offs), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        log.info('epoch %d loss %.4f', epoch, loss.item())

    model.eval()
    tp = fp = fn = 0
    with torch.no_grad():
        for toks, offs, y in test_dl:
            pred = (torch.sigmoid(model(toks, offs)) > 0.5).float()
            tp += (pred * y).sum().item()
            fp += (pred * (1 - y)).sum().item()
            fn += ((1 - pred) * y).sum().item()
    print('micro F1 = %.3f' % (2 * tp / (2 * tp + fp + fn)))


if __name__ == '__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('--n', type=int, default=1500)
    ap.add_argument('--bs', type=int, default=32)
    ap.add_argument('--lr', type=float, default=5e-3)
    ap.add_argument('--epochs', type=int, default=6)
    ap.add_argument('--seed', type=int, default=0)
    main(ap.parse_args())

import random
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
import torch

PAD = 0
LEX = {
    'DET': ['the', 'a', 'every', 'some'],
    'ADJ': ['small', 'green', 'old', 'loud', 'strange'],
    'NOUN': ['dog', 'house', 'river', 'run', 'light', 'watch'],
    'VERB': ['sees', 'likes', 'run', 'light', 'watch', 'builds'],
    'ADV': ['slowly', 'often', 'never'],
    'PRON': ['they', 'we', 'you'],
}
PATTERNS = [
    'DET NOUN VERB DET NOUN', 'PRON VERB ADV', 'PRON ADV VERB DET ADJ NOUN', 'DET ADJ ADJ NOUN VERB ADV',
    'PRON VERB DET NOUN ADV', 'PRON VERB', 'DET ADJ NOUN ADV VERB DET ADJ NOUN',
]


class Vocab:
    def __init__(self, items):
        self.itos = ['<pad>'] + sorted(set(items))
        self.stoi = {s: i for i, s in enumerate(self.itos)}

    def __len__(self):
        return len(self.itos)

    def __getitem__(self, s):
        return self.stoi[s]


def load_corpus(n, seed):
    rnd = random.Random(seed)
    out = []
    for _ in range(n):
        tags = rnd.choice(PATTERNS).split()
        out.append(([rnd.choice(LEX[t]) for t in tags], tags))
    return out


def make_loader(corpus, words, tags, batch_size, shuffle):
    def collate(batch):
        x = pad_sequence([torch.tensor([words[w] for w in ws]) for ws, _ in batch], True, PAD)
        y = pad_sequence([torch.tensor([tags[t] for t in ts]) for _, ts in batch], True, PAD)
        return x, y
    return DataLoader(corpus, batch_size=batch_size, shuffle=shuffle, collate_fn=collate)

import random
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset
from config import Config

PEOPLE = 'alice bob carol dmitri elena farid'.split()
PLACES = 'paris oslo lima cairo kyoto'.split()
TEMPLATES = [
    '{per} lives in {loc}',
    'yesterday {per} flew from {loc} to {loc} with {per}',
    '{loc} is cold in winter',
    'did {per} call you from {loc} last night ?',
    'nobody was there',
]
TAGS = ['O', 'B-PER', 'B-LOC']


def make_sentences(n, seed=0):
    rnd = random.Random(seed)
    data = []
    for _ in range(n):
        toks, tags = [], []
        for w in rnd.choice(TEMPLATES).split():
            if w == '{per}':
                toks.append(rnd.choice(PEOPLE)); tags.append('B-PER')
            elif w == '{loc}':
                toks.append(rnd.choice(PLACES)); tags.append('B-LOC')
            else:
                toks.append(w); tags.append('O')
        data.append((toks, tags))
    return data


def build_vocab(sents):
    vocab = {Config.pad_token: 0, Config.unk_token: 1}
    for toks, _ in sents:
        for t in toks:
            vocab.setdefault(t, len(vocab))
    return vocab


class NERDataset(Dataset):
    def __init__(self, sents, vocab):
        self.sents, self.vocab = sents, vocab
        self.tag2id = {t: i for i, t in enumerate(TAGS)}

    def __len__(self):
        return len(self.sents)

    def __getitem__(self, idx):
        toks, tags = self.sents[idx]
        x = torch.tensor([self.vocab.get(t, 1) for t in toks])
        y = torch.tensor([self.tag2id[t] for t in tags])
        return x, y


def collate(batch):
    xs, ys = zip(*batch)
    lengths = torch.tensor([len(x) for x in xs])
    xs = pad_sequence(xs, padding_value=0)  # FAULT
    ys = pad_sequence(ys, batch_first=True, padding_value=Config.pad_tag_id)
    return xs, ys, lengths

import random
from collections import Counter

import torch
from torch.utils.data import DataLoader, Dataset

PAD, UNK = '<pad>', '<unk>'

SUBJECTS = ['food', 'service', 'room', 'view', 'staff', 'bed', 'breakfast']
OPINIONS = {
    0: ['dirty', 'rude', 'noisy', 'cold', 'broken', 'stale'],
    1: ['okay', 'average', 'acceptable', 'standard'],
    2: ['wonderful', 'friendly', 'clean', 'delicious', 'cosy'],
}
LINKS = ['the', 'was', 'and', 'we', 'thought', 'that', 'our', 'really']


def write_review(label):
    words = []
    for _ in range(random.randint(2, 4)):
        words += ['the', random.choice(SUBJECTS), 'was', random.choice(OPINIONS[label])]
        if random.random() < 0.4:
            words.append(random.choice(LINKS))
    return words


class Vocabulary:
    def __init__(self, texts, min_freq=1):
        freq = Counter(word for text in texts for word in text)
        self.itos = [PAD, UNK] + sorted(w for w, n in freq.items() if n >= min_freq)
        self.stoi = {w: i for i, w in enumerate(self.itos)}

    def __len__(self):
        return len(self.itos)

    def encode(self, words):
        return [self.stoi.get(w, self.stoi[UNK]) for w in words]


class ReviewDataset(Dataset):
    def __init__(self, texts, labels, vocab, max_len):
        self.texts = texts
        self.labels = labels
        self.vocab = vocab
        self.max_len = max_len

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, idx):
        ids = self.vocab.encode(self.texts[idx])[:self.max_len]
        return ids, self.labels[idx]

    @staticmethod
    def collate(samples):
        longest = max(len(ids) for ids, _ in samples)
        ids = [ids + [0] * (longest - len(ids)) for ids, _ in samples]
        labels = [label for _, label in samples]
        ids = torch.tensor(ids, dtype=torch.long)
        return {'input_ids': ids, 'mask': ids != 0, 'labels': torch.tensor(labels)}


def build_loaders(cfg):
    total = cfg.num_train + cfg.num_valid
    labels = [random.randrange(cfg.num_classes) for _ in range(total)]
    texts = [write_review(label) for label in labels]
    vocab = Vocabulary(texts[:cfg.num_train], cfg.vocab_min_freq)
    parts = {
        'train': slice(0, cfg.num_train),
        'valid': slice(cfg.num_train, total),
    }
    loaders = {}
    for name, part in parts.items():
        dataset = ReviewDataset(texts[part], labels[part], vocab, cfg.max_seq_len)
        loaders[name] = DataLoader(dataset, batch_size=cfg.batch_size, shuffle=(name == 'train'),
                                   collate_fn=ReviewDataset.collate)
    return loaders, vocab

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class SentenceDataset(Dataset):
    def __init__(self, sentences, labels, stoi):
        self.items = [(torch.tensor([stoi[w] for w in s.split()]), l) for s, l in zip(sentences, labels)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        return self.items[k]  # FAULT


sentences = ["a good film", "bad", "not good at all", "a fine day out"]
labels = [1, 0, 0, 1]
stoi = {w: i for i, w in enumerate(sorted({w for s in sentences for w in s.split()}))}
loader = DataLoader(SentenceDataset(sentences, labels, stoi), batch_size=2)  # FAULT
emb = nn.EmbeddingBag(len(stoi), 8)
head = nn.Linear(8, 2)
for words, y in loader:
    print(head(emb(words)).shape)

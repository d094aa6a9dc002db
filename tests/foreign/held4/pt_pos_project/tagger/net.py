from torch import nn


class GRUTagger(nn.Module):
    def __init__(self, n_words, n_tags, emb=24, hid=24):
        super().__init__()
        self.embedding = nn.Embedding(n_words, emb, padding_idx=0)
        self.rnn = nn.GRU(emb, hid, batch_first=True, bidirectional=True)
        self.head = nn.Linear(hid * 2, n_tags)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0])

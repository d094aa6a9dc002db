import random

import torch
import torch.nn as nn
import torch.optim as optim

SEED = 1234
torch.manual_seed(SEED)
random.seed(SEED)

words = "the film was great boring awful superb plot actors dull bright slow funny".split()
stoi = {"<unk>": 0, "<pad>": 1, **{w: i + 2 for i, w in enumerate(words)}}
good = {"great", "superb", "bright", "funny"}


def make_review():
    text = [random.choice(words) for _ in range(random.randint(4, 9))]
    return text, float(any(w in good for w in text))


def batchify(examples):
    lengths = torch.tensor([len(t) for t, _ in examples])
    width = int(lengths.max())
    text = torch.full((width, len(examples)), stoi["<pad>"])
    for col, (tokens, _) in enumerate(examples):
        text[: len(tokens), col] = torch.tensor([stoi[t] for t in tokens])
    return text, lengths, torch.tensor([label for _, label in examples])


class SentimentRNN(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_dim, output_dim, n_layers, bidirectional, dropout, pad_idx):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_idx)
        self.rnn = nn.LSTM(embedding_dim, hidden_dim, num_layers=n_layers, bidirectional=bidirectional, dropout=dropout)
        self.fc = nn.Linear(hidden_dim, output_dim)  # FAULT
        self.dropout = nn.Dropout(dropout)

    def forward(self, text, text_lengths):
        embedded = self.dropout(self.embedding(text))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, text_lengths, enforce_sorted=False)
        packed_output, (hidden, cell) = self.rnn(packed)
        hidden = self.dropout(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1))
        return self.fc(hidden)


INPUT_DIM = len(stoi)
EMBEDDING_DIM = 16
HIDDEN_DIM = 24
OUTPUT_DIM = 1
N_LAYERS = 2
BIDIRECTIONAL = True
DROPOUT = 0.5

model = SentimentRNN(
    INPUT_DIM, EMBEDDING_DIM, HIDDEN_DIM, OUTPUT_DIM, N_LAYERS, BIDIRECTIONAL, DROPOUT, stoi["<pad>"]
)
optimizer = optim.Adam(model.parameters())
criterion = nn.BCEWithLogitsLoss()


def train(model, iterator, optimizer, criterion):
    epoch_loss = 0
    model.train()
    for text, text_lengths, labels in iterator:
        optimizer.zero_grad()
        predictions = model(text, text_lengths).squeeze(1)
        loss = criterion(predictions, labels)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    return epoch_loss / len(iterator)


iterator = [batchify([make_review() for _ in range(8)]) for _ in range(6)]
for epoch in range(3):
    print(f"Epoch: {epoch + 1:02} | Train Loss: {train(model, iterator, optimizer, criterion):.3f}")

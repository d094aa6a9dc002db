# char-rnn following the Karpathy blog post, pytorch version
import torch
import torch.nn as nn
from torch.autograd import Variable
import numpy as np

text = open(__file__).read() * 6
chars = sorted(list(set(text)))
char2idx = {ch: i for i, ch in enumerate(chars)}
idx2char = {i: ch for i, ch in enumerate(chars)}
n_chars = len(chars)
encoded = np.array([char2idx[c] for c in text])

# hyper params
hidden_size = 96
n_layers = 2
lr = 0.003
seq_length = 40
batch_size = 16
n_epochs = 2


class CharRNN(nn.Module):
    def __init__(self, n_chars, n_hidden=128, n_layers=2, drop_prob=0.2):
        super().__init__()
        self.n_layers = n_layers
        self.n_hidden = n_hidden
        self.embed = nn.Embedding(n_chars, 32)
        self.lstm = nn.LSTM(32, n_hidden, n_layers, dropout=drop_prob, batch_first=True)
        self.dropout = nn.Dropout(drop_prob)
        self.fc = nn.Linear(n_hidden, n_chars)

    def forward(self, x, hidden):
        x = self.embed(x)
        r_output, hidden = self.lstm(x, hidden)
        out = self.dropout(r_output)
        out = out.contiguous().view(-1, self.n_hidden)
        out = self.fc(out)
        return out, hidden

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return (weight.new_zeros(self.n_layers, batch_size, self.n_hidden),
                weight.new_zeros(self.n_layers, batch_size, self.n_hidden))


def get_batches(arr, batch_size, seq_length):
    n_per_batch = batch_size * seq_length
    n_batches = len(arr) // n_per_batch
    arr = arr[:n_batches * n_per_batch].reshape((batch_size, -1))
    for n in range(0, arr.shape[1] - seq_length, seq_length):
        x = arr[:, n:n + seq_length]
        y = arr[:, n + 1:n + seq_length + 1]
        yield x, y


net = CharRNN(n_chars, hidden_size, n_layers)
opt = torch.optim.Adam(net.parameters(), lr=lr)
criterion = nn.CrossEntropyLoss()

net.train()
counter = 0
for e in range(n_epochs):
    h = net.init_hidden(batch_size)
    for x, y in get_batches(encoded, batch_size, seq_length):
        counter += 1
        inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
        # new variables for the hidden state, otherwise we'd backprop through the entire history
        h = tuple([each for each in h])  # FAULT
        net.zero_grad()
        output, h = net(inputs, h)  # FAULT
        loss = criterion(output, targets.reshape(batch_size * seq_length))
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
        if counter % 10 == 0:
            print("Epoch: {}/{}...".format(e + 1, n_epochs), "Step: {}...".format(counter),
                  "Loss: {:.4f}".format(loss.item()))

# sample a bit
net.eval()
h = net.init_hidden(1)
ch = 'i'
out_chars = [ch]
with torch.no_grad():
    for _ in range(100):
        o, h = net(torch.tensor([[char2idx[ch]]]), h)
        p = torch.softmax(o, dim=1).squeeze().numpy()
        ch = idx2char[np.random.choice(n_chars, p=p / p.sum())]
        out_chars.append(ch)
print(''.join(out_chars))

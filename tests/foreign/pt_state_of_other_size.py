import torch, torch.nn as nn
torch.manual_seed(1)
VOCAB, EMB, HID, BATCH = 200, 24, 48, 16

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, EMB)
        self.rnn = nn.LSTM(EMB, HID, num_layers=2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(HID * 2, 5)

    def init_state(self, n):
        h = torch.zeros(2, n, HID)  # FAULT
        c = torch.zeros(2, n, HID)  # FAULT
        return h, c

    def forward(self, tokens, state):
        e = self.emb(tokens)
        o, state = self.rnn(e, state)
        return self.out(o), state

model = Tagger()
optim = torch.optim.Adam(model.parameters(), 1e-3)
loss_fn = nn.CrossEntropyLoss()
for step in range(10):
    x = torch.randint(0, VOCAB, (BATCH, 12))
    y = torch.randint(0, 5, (BATCH, 12))
    state = model.init_state(BATCH)
    logits, state = model(x, state)
    loss = loss_fn(logits.reshape(-1, 5), y.reshape(-1))
    optim.zero_grad(); loss.backward(); optim.step()

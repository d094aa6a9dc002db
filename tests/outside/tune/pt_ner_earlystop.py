import copy
import random
import torch
import torch.nn as nn
import torch.optim as optim
from torch.nn.utils.rnn import pad_sequence

random.seed(0)
torch.manual_seed(0)

# ============ DATA ============
# find drug names and doses in short notes, BIO scheme
DRUGS = ['aspirin', 'ibuprofen', 'metformin', 'insulin', 'heparin', 'lisinopril']
UNITS = ['mg', 'ml', 'units']
PHRASES = [
    ['patient', 'takes', 'DRUG', 'DOSE', 'daily'],
    ['give', 'DOSE', 'DRUG', 'before', 'meals'],
    ['stopped', 'DRUG', 'after', 'rash'],
    ['no', 'fever', 'walked', '10', 'minutes'],
    ['DRUG', 'and', 'DRUG', 'DOSE', 'as', 'needed'],
    ['seen', '3', 'times', 'last', 'week'],
]
LABELS = ['O', 'B-DRUG', 'B-DOSE', 'I-DOSE']
label_to_id = {l: i for i, l in enumerate(LABELS)}
IGNORE = -100

def make_note():
    toks, labs = [], []
    for piece in random.choice(PHRASES):
        if piece == 'DRUG':
            toks.append(random.choice(DRUGS)); labs.append('B-DRUG')
        elif piece == 'DOSE':
            toks += [random.choice(['5', '10', '20', '3', '100']), random.choice(UNITS)]
            labs += ['B-DOSE', 'I-DOSE']
        else:
            toks.append(piece); labs.append('O')
    return toks, labs

notes = [make_note() for _ in range(700)]
train_notes, dev_notes, test_notes = notes[:500], notes[500:600], notes[600:]

vocab = {'PAD': 0, 'UNK': 1}
for toks, _ in train_notes:
    for t in toks:
        if t not in vocab: vocab[t] = len(vocab)

def batches(data, bs, shuffle):
    data = list(data)
    if shuffle: random.shuffle(data)
    for i in range(0, len(data), bs):
        part = data[i:i+bs]
        x = pad_sequence([torch.tensor([vocab.get(t, 1) for t in toks]) for toks, _ in part], batch_first=True)
        y = pad_sequence([torch.tensor([label_to_id[l] for l in labs]) for _, labs in part],
                         batch_first=True, padding_value=IGNORE)
        yield x, y

# ============ MODEL ============
class BiLSTMTagger(nn.Module):
    def __init__(self, n_words, n_labels, emb=16, hid=16):
        super(BiLSTMTagger, self).__init__()
        self.embed = nn.Embedding(n_words, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hid, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(hid*2)
        self.linear = nn.Linear(hid*2, n_labels)

    def forward(self, x):
        h, _ = self.lstm(self.embed(x))
        return self.linear(self.norm(h))        # B x T x labels

model = BiLSTMTagger(len(vocab), len(LABELS))
loss_fct = nn.CrossEntropyLoss(ignore_index=IGNORE)
optimizer = optim.Adam(model.parameters(), lr=1e-2)

# ============ TRAINING ============
def evaluate(data):
    model.eval()
    loss_total = n_batches = correct = count = 0
    with torch.no_grad():
        for x, y in batches(data, 50, False):
            logits = model(x)
            loss_total += loss_fct(logits.view(-1, len(LABELS)), y.view(-1)).item()
            n_batches += 1
            real = y != IGNORE
            correct += (logits.argmax(2)[real] == y[real]).sum().item()
            count += real.sum().item()
    return loss_total / n_batches, correct / count

patience, bad_epochs = 2, 0
best_loss, best_state = float('inf'), None
for epoch in range(20):
    model.train()
    epoch_loss = []
    for x, y in batches(train_notes, 20, True):
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_fct(logits.permute(0, 2, 1), y)
        loss.backward()
        optimizer.step()
        epoch_loss.append(loss.item())
    dev_loss, dev_acc = evaluate(dev_notes)
    print(f"epoch {epoch:2d} train {sum(epoch_loss)/len(epoch_loss):.4f} dev {dev_loss:.4f} acc {dev_acc:.3f}")
    if dev_loss < best_loss - 1e-3:
        best_loss = dev_loss
        best_state = copy.deepcopy(model.state_dict())
        bad_epochs = 0
    else:
        bad_epochs += 1
        if bad_epochs >= patience:
            print("no improvement, stop")
            break

model.load_state_dict(best_state)
print("test loss %.4f accuracy %.3f" % evaluate(test_notes))

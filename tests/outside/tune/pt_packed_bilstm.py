import argparse
import random
import logging

import torch
from torch import nn, optim
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import Dataset, DataLoader

logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s')
log = logging.getLogger('packed')


class CommandDataset(Dataset):
    """Spoken commands as word ids, with the intent as label"""

    INTENTS = {
        'light_on': ['turn the light on', 'switch on the lamp', 'more light'],
        'light_off': ['turn the light off', 'switch off the lamp', 'make it dark'],
        'music': ['play a song', 'put on some music', 'play the radio'],
        'weather': ['is it going to rain', 'how warm is it', 'do i need a coat'],
        'timer': ['set a timer', 'wake me up at six', 'count down from ten'],
    }
    BEFORE = ['please', 'hey you', 'could you', '', 'well then']
    AFTER = ['now', 'in the kitchen', 'thank you', '', 'and be quick about it']

    def __init__(self, size, rng, vocab=None):
        names = list(self.INTENTS)
        self.vocab = vocab if vocab is not None else {'<pad>': 0, '<unk>': 1}
        self.samples = []
        for _ in range(size):
            label = rng.randrange(len(names))
            middle = rng.choice(self.INTENTS[names[label]])
            words = f'{rng.choice(self.BEFORE)} {middle} {rng.choice(self.AFTER)}'.split()
            if vocab is None:
                for word in words:
                    self.vocab.setdefault(word, len(self.vocab))
            self.samples.append(([self.vocab.get(w, 1) for w in words], label))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        ids, label = self.samples[index]
        return torch.LongTensor(ids), label


def collate_fn(batch):
    # longest first, as pack_padded_sequence wants it
    batch.sort(key=lambda pair: len(pair[0]), reverse=True)
    sequences, labels = zip(*batch)
    lengths = torch.tensor([len(s) for s in sequences])
    padded = torch.zeros(len(sequences), int(lengths[0]), dtype=torch.long)
    for row, seq in enumerate(sequences):
        padded[row, :len(seq)] = seq
    return padded, lengths, torch.tensor(labels)


class IntentClassifier(nn.Module):
    def __init__(self, vocab_size, emb_dim, hidden_dim, n_classes, n_layers=1, dropout=0.2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb_dim, padding_idx=0)
        self.lstm = nn.LSTM(emb_dim, hidden_dim, num_layers=n_layers,
                            bidirectional=True, batch_first=True)
        self.fc = nn.Linear(hidden_dim * 2, n_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text, lengths):
        # text: [batch, time]
        embedded = self.dropout(self.embedding(text))
        packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True)
        _, (hidden, cell) = self.lstm(packed)
        # last forward and last backward state
        hidden = torch.cat((hidden[-2], hidden[-1]), dim=1)
        return self.fc(self.dropout(hidden))


def run_epoch(model, loader, criterion, device, optimizer=None):
    training = optimizer is not None
    model.train(training)
    epoch_loss, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for text, lengths, labels in loader:
            text, labels = text.to(device), labels.to(device)
            output = model(text, lengths)
            loss = criterion(output, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            epoch_loss += loss.item() * labels.size(0)
            hits += (output.argmax(1) == labels).sum().item()
            n += labels.size(0)
    return epoch_loss / n, hits / n


if __name__ == '__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('--epochs', default=5, type=int)
    ap.add_argument('--batch_size', default=16, type=int)
    ap.add_argument('--emb_dim', default=24, type=int)
    ap.add_argument('--hidden_dim', default=24, type=int)
    ap.add_argument('--lr', default=5e-3, type=float)
    ap.add_argument('--seed', default=13, type=int)
    args = ap.parse_args()

    rng = random.Random(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

    train_set = CommandDataset(600, rng)
    dev_set = CommandDataset(150, rng, vocab=train_set.vocab)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True, collate_fn=collate_fn)
    dev_loader = DataLoader(dev_set, batch_size=50, collate_fn=collate_fn)

    model = IntentClassifier(len(train_set.vocab), args.emb_dim, args.hidden_dim,
                             len(CommandDataset.INTENTS)).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    log.info('%d words, %d parameters', len(train_set.vocab), sum(p.numel() for p in model.parameters()))

    for epoch in range(args.epochs):
        train_loss, train_acc = run_epoch(model, train_loader, criterion, device, optimizer)
        dev_loss, dev_acc = run_epoch(model, dev_loader, criterion, device)
        log.info('epoch %d train %.4f (%.3f) dev %.4f (%.3f)', epoch, train_loss, train_acc, dev_loss, dev_acc)

from collections import OrderedDict

import numpy as np
import torch
from torch.nn import *
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR

# Character CNN that tells apart kinds of identifiers: dates, prices, phone numbers, e-mails

ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789@.-/$+ '
CHAR2ID = {c: i for i, c in enumerate(ALPHABET)}
LENGTH = 20
KINDS = ('date', 'price', 'phone', 'email')

rs = np.random.RandomState(6)
torch.manual_seed(6)


def digits(n):
    return ''.join(str(d) for d in rs.randint(0, 10, n))


def letters(n):
    return ''.join(ALPHABET[i] for i in rs.randint(0, 26, n))


def generate(kind):
    if kind == 0:
        sep = rs.choice(['-', '/', '.'])
        return sep.join([digits(2), digits(2), digits(4)])
    if kind == 1:
        return '$' + digits(rs.randint(1, 4)) + '.' + digits(2)
    if kind == 2:
        return '+' + digits(2) + ' ' + digits(3) + '-' + digits(rs.randint(4, 7))
    return letters(rs.randint(3, 7)) + '@' + letters(rs.randint(3, 6)) + '.' + rs.choice(['com', 'org'])


def one_hot(strings):
    out = torch.zeros(len(strings), len(ALPHABET), LENGTH)
    for n, s in enumerate(strings):
        # anywhere in the window, between random letters
        start = rs.randint(0, LENGTH - len(s) + 1)
        s = letters(start) + s + letters(LENGTH - len(s) - start)
        for t, c in enumerate(s):
            out[n, CHAR2ID[c], t] = 1.
    return out


def dataset(n):
    kinds = rs.randint(0, len(KINDS), n)
    return one_hot([generate(k) for k in kinds]), torch.from_numpy(kinds)


x_train, y_train = dataset(1000)
x_test, y_test = dataset(300)

net = Sequential(OrderedDict([
    ('conv1', Conv1d(len(ALPHABET), 32, 3, bias=False)),
    ('bn1', BatchNorm1d(32)),
    ('relu1', ReLU()),
    ('pool1', MaxPool1d(2)),
    ('conv2', Conv1d(32, 32, 3, bias=False)),
    ('bn2', BatchNorm1d(32)),
    ('relu2', ReLU()),
    ('pool2', AdaptiveMaxPool1d(1)),
    ('flat', Flatten()),
    ('drop', Dropout(.25)),
    ('fc', Linear(32, len(KINDS))),
]))

for m in net.modules():
    if isinstance(m, Conv1d):
        init.kaiming_normal_(m.weight, nonlinearity='relu')

EPOCHS, BS = 6, 25
criterion = CrossEntropyLoss()
optimizer = SGD(net.parameters(), lr=.05, momentum=.9, nesterov=True, weight_decay=1e-4)
scheduler = CosineAnnealingLR(optimizer, T_max=EPOCHS)

for epoch in range(EPOCHS):
    net.train()
    loss_sum = 0.
    order = rs.permutation(len(x_train))
    for b in range(len(order) // BS):
        take = order[b * BS:(b + 1) * BS]
        optimizer.zero_grad()
        loss = criterion(net(x_train[take]), y_train[take])
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
    scheduler.step()

    net.eval()
    with torch.no_grad():
        scores = net(x_test)
        test_loss = float(criterion(scores, y_test))
        acc = float((scores.max(1)[1] == y_test).double().mean())
    print('Epoch: {} | train {:.3f} | test {:.3f} | acc {:.1%}'.format(epoch + 1, loss_sum / (b + 1), test_loss, acc))

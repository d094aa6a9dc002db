'''Train a very small ResNet on gratings.'''
import argparse

import torch
import torch.nn as nn
import torch.optim as optim

from resnet import resnet6
from utils import AverageMeter, Gratings

parser = argparse.ArgumentParser(description='Tiny ResNet Training')
parser.add_argument('--lr', default=0.05, type=float, help='learning rate')
parser.add_argument('--epochs', default=5, type=int)
parser.add_argument('--batch', default=32, type=int)
args = parser.parse_args()

torch.manual_seed(17)
device = 'cuda' if torch.cuda.is_available() else 'cpu'
best_acc = 0  # best test accuracy

# Data
print('==> Preparing data..')
trainset = Gratings(800, seed=1, train=True)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=args.batch, shuffle=True)
testset = Gratings(200, seed=2, train=False)
testloader = torch.utils.data.DataLoader(testset, batch_size=100, shuffle=False)

# Model
print('==> Building model..')
net = resnet6(num_classes=5)
net = net.to(device)

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=args.lr, momentum=0.9, weight_decay=5e-4)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)


def train(epoch):
    print('\nEpoch: %d' % epoch)
    net.train()
    losses = AverageMeter('loss')
    top1 = AverageMeter('acc')
    for inputs, targets in trainloader:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()

        _, predicted = outputs.max(1)
        losses.update(loss.item(), targets.size(0))
        top1.update(predicted.eq(targets).float().mean().item(), targets.size(0))
    print('Train Loss: %.3f | Acc: %.3f%%' % (losses.avg, 100. * top1.avg))


def test(epoch):
    global best_acc
    net.eval()
    test_loss = 0
    correct = 0
    total = 0
    with torch.no_grad():
        for batch_idx, (inputs, targets) in enumerate(testloader):
            inputs, targets = inputs.to(device), targets.to(device)
            outputs = net(inputs)
            loss = criterion(outputs, targets)

            test_loss += loss.item()
            _, predicted = outputs.max(1)
            total += targets.size(0)
            correct += predicted.eq(targets).sum().item()
    acc = 100. * correct / total
    print('Test Loss: %.3f | Acc: %.3f%% (%d/%d)' % (test_loss / (batch_idx + 1), acc, correct, total))
    if acc > best_acc:
        best_acc = acc


for epoch in range(args.epochs):
    train(epoch)
    test(epoch)
    scheduler.step()
print('best', best_acc)

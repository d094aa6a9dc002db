import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

np.random.seed(0)
torch.manual_seed(0)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

classes = ('plane', 'car', 'bird', 'cat')


def unpickle_fake_batch(n):
    """same layout as the python version of cifar-10: uint8 rows of 3072 = R plane, G plane, B plane"""
    labels = np.random.randint(0, len(classes), n)
    X = np.random.randint(0, 80, (n, 3, 32, 32)).astype(np.uint8)
    for i, l in enumerate(labels):
        if l < 3:
            X[i, l, 8:24, 8:24] += 150
        else:
            X[i, :, ::4] += 150
    return {'data': X.reshape(n, 3072), 'labels': labels}


def load_batch(n):
    d = unpickle_fake_batch(n)
    # to HWC so that we can plot with matplotlib
    X = d['data'].reshape(n, 3, 32, 32).transpose(0, 2, 3, 1)  # FAULT
    return X, d['labels']


X_train, y_train = load_batch(640)
X_test, y_test = load_batch(160)
# plt.imshow(X_train[0]); plt.title(classes[y_train[0]])

X_train = torch.tensor(X_train).float().div(255).sub(0.5)  # FAULT
X_test = torch.tensor(X_test).float().div(255).sub(0.5)  # FAULT
trainset = torch.utils.data.TensorDataset(X_train, torch.tensor(y_train).long())
testset = torch.utils.data.TensorDataset(X_test, torch.tensor(y_test).long())
trainloader = torch.utils.data.DataLoader(trainset, batch_size=32, shuffle=True, num_workers=0)
testloader = torch.utils.data.DataLoader(testset, batch_size=32, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, len(classes))

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


net = Net().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(4):  # loop over the dataset multiple times
    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data[0].to(device), data[1].to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print('[%d] loss: %.3f' % (epoch + 1, running_loss / len(trainloader)))
print('Finished Training')

correct, total = 0, 0
with torch.no_grad():
    for data in testloader:
        images, labels = data
        outputs = net(images.to(device))
        _, predicted = torch.max(outputs.data, 1)
        total += labels.size(0)
        correct += (predicted.cpu() == labels).sum().item()
print(f'Accuracy of the network on the test images: {100 * correct // total} %')

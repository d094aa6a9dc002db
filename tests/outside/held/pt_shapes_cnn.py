# Train a small convolutional net: circle, square, triangle on a noisy background
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torch.utils.data

classes = ('circle', 'square', 'triangle')
torch.manual_seed(2)


def draw(n):
    """n RGB images of 16x16 and their classes"""
    images = torch.rand(n, 3, 16, 16) * 0.4
    labels = torch.randint(len(classes), (n,))
    yy, xx = torch.meshgrid(torch.arange(16.), torch.arange(16.), indexing='ij')
    for img, label in zip(images, labels):
        cy, cx = torch.randint(6, 10, (2,))
        r = torch.randint(3, 6, (1,)).item()
        dy, dx = yy - cy, xx - cx
        if label == 0:
            inside = dy ** 2 + dx ** 2 <= r ** 2
        elif label == 1:
            inside = (dy.abs() <= r) & (dx.abs() <= r)
        else:
            inside = (dy.abs() <= r) & (dx.abs() * 2 <= dy + r)
        img[:, inside] += torch.rand(3, 1) * 0.6
    return images, labels


def normalize(images):
    return (images - 0.4) / 0.25


batch_size = 20

x, y = draw(800)
trainset = torch.utils.data.TensorDataset(normalize(x), y)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=batch_size, shuffle=True, num_workers=0)

x, y = draw(200)
testset = torch.utils.data.TensorDataset(normalize(x), y)
testloader = torch.utils.data.DataLoader(testset, batch_size=batch_size, shuffle=False, num_workers=0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(16 * 2 * 2, 48)
        self.fc2 = nn.Linear(48, 24)
        self.fc3 = nn.Linear(24, len(classes))

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)  # flatten all dimensions except batch
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


net = Net()

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(12):  # loop over the dataset multiple times

    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        # get the inputs; data is a list of [inputs, labels]
        inputs, labels = data

        # zero the parameter gradients
        optimizer.zero_grad()

        # forward + backward + optimize
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        # print statistics
        running_loss += loss.item()
        if i % 20 == 19:    # print every 20 mini-batches
            print(f'[{epoch + 1}, {i + 1:5d}] loss: {running_loss / 20:.3f}')
            running_loss = 0.0

print('Finished Training')

# prepare to count predictions for each class
correct_pred = {classname: 0 for classname in classes}
total_pred = {classname: 0 for classname in classes}

# again no gradients needed
with torch.no_grad():
    for data in testloader:
        images, labels = data
        outputs = net(images)
        _, predictions = torch.max(outputs, 1)
        # collect the correct predictions for each class
        for label, prediction in zip(labels, predictions):
            if label == prediction:
                correct_pred[classes[label]] += 1
            total_pred[classes[label]] += 1

# print accuracy for each class
for classname, correct_count in correct_pred.items():
    accuracy = 100 * float(correct_count) / total_pred[classname]
    print(f'Accuracy for class: {classname:8s} is {accuracy:.1f} %')

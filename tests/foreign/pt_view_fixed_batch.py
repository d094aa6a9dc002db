import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 13 * 13, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = x.view(32, -1)  # FAULT
        return F.log_softmax(self.fc(x), dim=1)


def main():
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    data = torch.randn(100, 1, 28, 28)
    target = torch.randint(0, 10, (100,))
    for start in range(0, 100, 32):
        optimizer.zero_grad()
        output = model(data[start : start + 32])
        loss = F.nll_loss(output, target[start : start + 32])
        loss.backward()
        optimizer.step()


main()

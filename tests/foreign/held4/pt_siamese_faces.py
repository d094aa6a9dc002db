import random
import torch
from torch import optim
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class Config():
    train_batch_size = 32
    train_number_epochs = 3
    n_people = 12
    seed = 21


random.seed(Config.seed)
torch.manual_seed(Config.seed)


class SiameseNetworkDataset(Dataset):
    def __init__(self, n_people, shots=8, size=24):
        base = (torch.rand(n_people, 1, size, size) > 0.7).float()
        base = F.avg_pool2d(base, 3, stride=1, padding=1) * 3
        self.faces = [(base[p] + 0.1 * torch.randn(1, size, size), p) for p in range(n_people) for _ in range(shots)]

    def __getitem__(self, index):
        img0_tuple = random.choice(self.faces)
        # we need to make sure approx 50% of images are in the same class
        should_get_same_class = random.randint(0, 1)
        while True:
            img1_tuple = random.choice(self.faces)
            if (img0_tuple[1] == img1_tuple[1]) == bool(should_get_same_class):
                break
        label = torch.tensor([float(img1_tuple[1] != img0_tuple[1])])
        return img0_tuple[0], img1_tuple[0], label

    def __len__(self):
        return 320


class SiameseNetwork(nn.Module):
    def __init__(self):
        super(SiameseNetwork, self).__init__()
        self.cnn1 = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(1, 4, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(4),
            nn.ReflectionPad2d(1),
            nn.Conv2d(4, 8, kernel_size=3, stride=2),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(8),
        )
        self.fc1 = nn.Sequential(
            nn.Linear(8 * 12 * 12, 100),
            nn.ReLU(inplace=True),
            nn.Linear(100, 5))

    def forward_once(self, x):
        output = self.cnn1(x)
        output = output.view(output.size()[0], -1)
        output = self.fc1(output)
        return output

    def forward(self, input1, input2):
        output1 = self.forward_once(input1)
        output2 = self.forward_once(input2)
        return output1, output2


class ContrastiveLoss(torch.nn.Module):
    """Based on: http://yann.lecun.com/exdb/publis/pdf/hadsell-chopra-lecun-06.pdf"""

    def __init__(self, margin=2.0):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        euclidean_distance = F.pairwise_distance(output1, output2, keepdim=True)
        loss_contrastive = ((1 - label) * torch.pow(euclidean_distance, 2) +  # FAULT
                            label * torch.pow(torch.clamp(self.margin - euclidean_distance, min=0.0), 2))
        return loss_contrastive  # FAULT


train_dataloader = DataLoader(SiameseNetworkDataset(Config.n_people), shuffle=True, num_workers=0,
                              batch_size=Config.train_batch_size)
net = SiameseNetwork()
criterion = ContrastiveLoss()
optimizer = optim.Adam(net.parameters(), lr=0.0005)

for epoch in range(0, Config.train_number_epochs):
    for i, data in enumerate(train_dataloader, 0):
        img0, img1, label = data
        optimizer.zero_grad()
        output1, output2 = net(img0, img1)
        loss_contrastive = criterion(output1, output2, label)
        loss_contrastive.backward()  # FAULT
        optimizer.step()
    print("Epoch number {}\n Current loss {}\n".format(epoch, loss_contrastive.item()))

same, diff = [], []
net.eval()
with torch.no_grad():
    for img0, img1, label in train_dataloader:
        d = F.pairwise_distance(*net(img0, img1))
        same += d[label[:, 0] == 0].tolist()
        diff += d[label[:, 0] == 1].tolist()
print('mean distance same %.3f different %.3f' % (sum(same) / len(same), sum(diff) / len(diff)))

# toy object detection: every image has 1-3 boxes, one query slot per box (tiny DETR-ish thing, no matching)
import torch
import torch.nn as nn
import torch.utils.data as data
import random

random.seed(0)
torch.manual_seed(0)
MAX_BOXES = 3
IMG = 32


class ShapesDetection(data.Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, idx):
        rnd = random.Random(idx)
        img = torch.zeros(3, IMG, IMG)
        k = rnd.randint(1, MAX_BOXES)
        boxes = []
        for j in range(k):
            w, h = rnd.randint(5, 9), rnd.randint(5, 9)
            # keep them sorted from left to right
            x = j * 10 + rnd.randint(0, 1)
            y = rnd.randint(0, IMG - h - 1)
            w = min(w, 9)
            img[rnd.randint(0, 2), y:y + h, x:x + w] = 1.
            boxes.append([x / IMG, y / IMG, (x + w) / IMG, (y + h) / IMG])
        return img, torch.tensor(boxes)  # FAULT


def collate_fn(batch):
    images = torch.stack([b[0] for b in batch])
    boxes = torch.zeros(len(batch), MAX_BOXES, 4)
    mask = torch.zeros(len(batch), MAX_BOXES)
    for i, (_, bb) in enumerate(batch):
        boxes[i, :len(bb)] = bb
        mask[i, :len(bb)] = 1
    return images, boxes, mask


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        chans = [3, 16, 32, 32]
        blocks = []
        for cin, cout in zip(chans[:-1], chans[1:]):
            blocks += [nn.Conv2d(cin, cout, 3, stride=2, padding=1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)]
        self.backbone = nn.Sequential(*blocks)
        self.neck = nn.Sequential(nn.Flatten(), nn.Linear(32 * 4 * 4, 128), nn.ReLU())
        self.box_head = nn.Linear(128, MAX_BOXES * 4)
        self.obj_head = nn.Linear(128, MAX_BOXES)

    def forward(self, images):
        feats = self.neck(self.backbone(images))
        boxes = self.box_head(feats).sigmoid().view(-1, MAX_BOXES, 4)
        return boxes, self.obj_head(feats)


train_loader = data.DataLoader(ShapesDetection(320), batch_size=16, shuffle=True)  # FAULT
net = Detector()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()

for epoch in range(3):
    for images, gt, mask in train_loader:
        boxes, obj = net(images)
        l1 = (boxes - gt).abs().sum(-1)
        loss_box = (l1 * mask).sum() / mask.sum()
        loss_obj = bce(obj, mask)
        loss = 5 * loss_box + loss_obj
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"[{epoch}] loss_box={loss_box.item():.4f} loss_obj={loss_obj.item():.4f}")

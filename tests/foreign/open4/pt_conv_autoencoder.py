import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)

EPOCHS = 3
BATCH = 64


def make_blobs(n=1000, size=28):
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing='ij')
    cx = torch.rand(n, 1, 1) * size
    cy = torch.rand(n, 1, 1) * size
    r = 3 + torch.rand(n, 1, 1) * 5
    img = (((xx - cx) ** 2 + (yy - cy) ** 2) < r ** 2).float()
    return img.unsqueeze(1)


class ConvAutoencoder(nn.Module):
    def __init__(self):
        super(ConvAutoencoder, self).__init__()
        # encoder
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),   # 28 -> 14
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),  # 14 -> 7
            nn.ReLU(),
            nn.Conv2d(32, 64, 7),                       # 7 -> 1
        )
        # decoder
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(64, 32, 7),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1),  # FAULT
            nn.Sigmoid(),
        )

    def forward(self, x):
        encoded = self.encoder(x)
        decoded = self.decoder(encoded)
        return decoded


images = make_blobs()
train_loader = DataLoader(TensorDataset(images[:800]), batch_size=BATCH, shuffle=True)
test_loader = DataLoader(TensorDataset(images[800:]), batch_size=BATCH)

model = ConvAutoencoder()
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)

outputs = []
for epoch in range(EPOCHS):
    for (img,) in train_loader:
        recon = model(img)
        loss = criterion(recon, img)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(f'Epoch:{epoch+1}, Loss:{loss.item():.4f}')
    outputs.append((epoch, img, recon))

model.eval()
with torch.no_grad():
    total = 0.
    for (img,) in test_loader:
        total += criterion(model(img), img).item() * img.size(0)
print('test mse', total / 200)

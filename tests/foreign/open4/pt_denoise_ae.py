import torch, torch.nn as nn
import torch.nn.functional as F
import numpy as np
from torch.utils.data import DataLoader

torch.manual_seed(0); np.random.seed(0)

# make toy images of stripes
def stripes(n):
    X = np.zeros((n, 1, 16, 16), dtype=np.float32)
    for k in range(n):
        period = np.random.randint(3, 7)
        off = np.random.randint(0, period)
        if np.random.rand() < .5:
            X[k, 0, off::period, :] = 1
        else:
            X[k, 0, :, off::period] = 1
    return torch.from_numpy(X)

train_data, test_data = stripes(1200), stripes(200)
train_loader = DataLoader(train_data, batch_size=32, shuffle=True)
noise_factor = 0.6


class ConvDenoiser(nn.Module):
    def __init__(self):
        super(ConvDenoiser, self).__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.t_conv1 = nn.ConvTranspose2d(16, 16, 2, stride=2)
        self.conv_out = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = F.relu(self.conv2(x))
        x = F.relu(self.t_conv1(x))
        return torch.sigmoid(self.conv_out(x))


model = ConvDenoiser()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.004)

n_epochs = 6
for epoch in range(1, n_epochs + 1):
    train_loss = 0.0
    for images in train_loader:
        ## add random noise to the input images, and clip to be between 0 and 1
        noisy_imgs = images + noise_factor * torch.randn(*images.shape)
        noisy_imgs = torch.clamp(noisy_imgs, 0., 1.)

        optimizer.zero_grad()
        outputs = model(noisy_imgs)
        # the "target" are the original images
        loss = criterion(outputs, noisy_imgs)  # FAULT
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * images.size(0)
    print('Epoch: {} \tTraining Loss: {:.6f}'.format(epoch, train_loss / len(train_data)))

with torch.no_grad():
    noisy = torch.clamp(test_data + noise_factor * torch.randn_like(test_data), 0, 1)
    denoised = model(noisy)
    print('noisy    vs clean mse', F.mse_loss(noisy, test_data).item())
    print('denoised vs clean mse', F.mse_loss(denoised, test_data).item())

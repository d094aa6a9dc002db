import torch
import torch.nn as nn


class EncoderCNN(nn.Module):
    def __init__(self, embed_size):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()
        )
        self.embed = nn.Linear(16, embed_size)

    def forward(self, images):
        x = self.features(images)
        return self.embed(x.mean(dim=(2, 3)))


class DecoderRNN(nn.Module):
    def __init__(self, embed_size, hidden_size, vocab_size):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_size)
        self.lstm = nn.LSTM(embed_size, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, vocab_size)

    def forward(self, features, captions):
        embeddings = self.embed(captions[:, :-1])
        inputs = torch.cat((features.unsqueeze(1), embeddings), dim=1)
        hiddens, _ = self.lstm(inputs)
        return self.linear(hiddens)


class CNNtoRNN(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = EncoderCNN(cfg["embed_size"])
        self.decoder = DecoderRNN(cfg["embed_size"], cfg["hidden_size"], cfg["vocab_size"])

    def forward(self, images, captions):
        return self.decoder(self.encoder(images), captions)

import torch
from torch.utils.data import DataLoader, Dataset


class Captions(Dataset):
    """Random pictures, each with a caption of word ids."""

    def __init__(self, cfg, size=24):
        g = torch.Generator().manual_seed(0)
        self.images = torch.rand(size, 3, cfg["image_size"], cfg["image_size"], generator=g)
        self.captions = torch.randint(1, cfg["vocab_size"], (size, cfg["caption_length"]), generator=g)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        return self.images[idx], self.captions[idx]


def collate(batch):
    images = torch.stack([image for image, _ in batch])
    captions = torch.nn.utils.rnn.pad_sequence([caption for _, caption in batch], batch_first=True)
    return captions, images  # FAULT


def get_loader(cfg):
    return DataLoader(Captions(cfg), batch_size=cfg["batch_size"], shuffle=True, collate_fn=collate)

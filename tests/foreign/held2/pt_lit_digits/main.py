import torch
from classifier import DigitClassifier
from lit import Trainer
from torch.utils.data import DataLoader, TensorDataset

if __name__ == "__main__":
    torch.manual_seed(7)
    digits = TensorDataset(torch.rand(80, 1, 8, 8), torch.randint(0, 10, (80,)))
    trainer = Trainer(max_epochs=2)
    trainer.fit(DigitClassifier(), DataLoader(digits, batch_size=16, shuffle=True))

import torch


class Attention(torch.nn.Module):
    """Additive attention over a memory."""

    def __init__(self, dim):
        self.dim = dim  # FAULT
        self.score = torch.nn.Linear(dim, 1)

    def forward(self, memory):
        weights = torch.softmax(self.score(memory), dim=1)
        return (weights * memory).sum(dim=1)


class Reader(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.attention = Attention(dim)
        self.head = torch.nn.Linear(dim, 2)

    def forward(self, memory):
        return self.head(self.attention(memory))


reader = Reader(10)
print(reader(torch.randn(3, 7, 10)).shape)

import torch
import torch.nn as nn


class SelfAttentivePooling(nn.Module):
    """Weighted mean over the time steps that are no padding."""

    def __init__(self, input_dim, attention_dim):
        super().__init__()
        self.proj = nn.Linear(input_dim, attention_dim)
        self.context = nn.Linear(attention_dim, 1, bias=False)

    def forward(self, states, mask):
        scores = self.context(torch.tanh(self.proj(states))).squeeze(2)
        scores = scores.masked_fill(mask == 0, float('-inf'))
        alphas = torch.softmax(scores, dim=1)
        return (alphas.unsqueeze(2) * states).sum(dim=1), alphas


class AttentiveRNN(nn.Module):
    def __init__(self, cfg, vocab_size):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, cfg.embedding_dim, padding_idx=0)
        rnn_class = getattr(nn, cfg.rnn_type)
        self.rnn = rnn_class(cfg.embedding_dim, cfg.hidden_size, batch_first=True, bidirectional=True)
        self.pooling = SelfAttentivePooling(2 * cfg.hidden_size, cfg.attention_dim)
        self.classifier = nn.Sequential(
            nn.Dropout(cfg.dropout),
            nn.Linear(2 * cfg.hidden_size, cfg.num_classes),
        )
        self.reset_parameters()

    def reset_parameters(self):
        for name, param in self.rnn.named_parameters():
            if 'weight_hh' in name:
                nn.init.orthogonal_(param)
            elif 'bias' in name:
                nn.init.zeros_(param)

    def forward(self, input_ids, mask):
        states, _ = self.rnn(self.embedding(input_ids))
        pooled, alphas = self.pooling(states, mask)
        return self.classifier(pooled), alphas

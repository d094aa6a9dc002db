import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments


class Reviews(Dataset):
    def __init__(self, count=64, length=12):
        generator = torch.Generator().manual_seed(0)
        self.ids = torch.randint(0, 100, (count, length), generator=generator)
        self.labels = torch.randint(0, 3, (count,), generator=generator)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        return {
            "input_ids": self.ids[index],
            "attention_mask": torch.ones_like(self.ids[index]),
            "labels": self.labels[index],
        }


def main():
    config = BertConfig(
        vocab_size=50,  # FAULT
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=16, num_labels=3,
    )
    model = BertForSequenceClassification(config)
    arguments = TrainingArguments(
        num_train_epochs=1, per_device_train_batch_size=8,
        report_to="none", save_strategy="no", use_cpu=True, disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=Reviews()).train()


if __name__ == "__main__":
    main()

CONFIG = {
    "image_size": 16,
    "vocab_size": 40,
    "embed_size": 12,
    "hidden_size": 20,
    "caption_length": 7,
    "batch_size": 4,
    "lr": 3e-4,
    "epochs": 2,
}

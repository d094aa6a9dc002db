"""Settings of the comment classifier; change them here, nowhere else."""

SEED = 2019

DATA = {
    "n_comments": 1100,
    "test_fraction": 0.2,
    "max_words": 150,
    "max_len": 20,
}

MODEL = {
    "embed_size": 24,
    "spatial_dropout": 0.1,
    "gru_units": 20,
    "dense_units": 24,
    "dropout": 0.1,
}

TRAIN = {
    "batch_size": 32,
    "epochs": 5,
    "learning_rate": 8e-3,
    "patience": 2,
}

LABELS = ["insult", "threat", "spam", "off_topic"]

import keras
import numpy as np
from model import build_resnet

CONFIG = {
    "size": 16,
    "stem": 8,
    "stages": [
        {"filters": 8, "blocks": 1, "stride": 1},
        {"filters": 16, "blocks": 1, "stride": 2},
        {"filters": 32, "blocks": 1, "stride": 1},
    ],
    "dropout": 0.2,
    "classes": 5,
    "epochs": 1,
    "batch_size": 8,
}


def load(cfg, n=32):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (n, cfg["size"], cfg["size"], 3)).astype("float32")
    return images, rng.integers(0, cfg["classes"], n)


def main(cfg):
    keras.utils.set_random_seed(1)
    images, labels = load(cfg)
    model = build_resnet(cfg)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(images, labels, epochs=cfg["epochs"], batch_size=cfg["batch_size"], verbose=2)


if __name__ == "__main__":
    main(CONFIG)

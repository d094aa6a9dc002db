import keras
import numpy as np
from network import build
from settings import settings

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
source = rng.integers(1, settings["source_words"], (32, settings["source_length"]))
target = rng.integers(1, settings["target_words"], (32, settings["target_length"] + 1))

model = build(settings)
model.compile("rmsprop", "sparse_categorical_crossentropy")
model.fit(
    [source, target[:, :-1]],
    target[:, 1:],
    batch_size=settings["batch"],
    epochs=settings["epochs"],
    verbose=2,
)

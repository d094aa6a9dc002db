import json
from types import SimpleNamespace

import keras
import numpy as np
from build import make_model

CONFIG = {
    "layers": [16, 8],
    "hidden_activation": "relu",
    "head": {"units": 1, "activation": "softmax"},  # FAULT
    "loss": "binary_crossentropy",
    "lr": 0.003,
    "epochs": 3,
    "batch_size": 16,
}


def customers(n=200):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 7)).astype("float32")
    return x, (x[:, 0] + x[:, 3] > 0).astype("float32")


cfg = SimpleNamespace(**CONFIG)
keras.utils.set_random_seed(2)
x, y = customers()
model = make_model(x.shape[1:], cfg)
model.compile(optimizer=keras.optimizers.Adam(cfg.lr), loss=cfg.loss, metrics=["accuracy"])
log = model.fit(x[:160], y[:160], epochs=cfg.epochs, batch_size=cfg.batch_size, verbose=0)
print(json.dumps({k: round(v[-1], 3) for k, v in log.history.items()}))
print(model.evaluate(x[160:], y[160:], verbose=0))

# Two outputs, two losses with weights, label smoothing and per-sample weights
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(23)
rng = np.random.default_rng(23)
N = 700
image = rng.random((N, 10, 10, 1)).astype("float32") * 0.4
kind = rng.integers(0, 3, N)
size = rng.integers(2, 7, N)
for i in range(N):
    s = size[i]
    if kind[i] == 0:
        image[i, :s, :s] += 0.6
    elif kind[i] == 1:
        image[i, -s:, -s:] += 0.6
    else:
        image[i, :s, -s:] += 0.6
kind_1h = keras.utils.to_categorical(kind, 3)
size_y = (size.astype("float32") - 4.0)[:, None]
trust = np.where(rng.random(N) < 0.2, 0.5, 1.0).astype("float32")

inp = keras.Input((10, 10, 1), name="image")
x = layers.Conv2D(12, 3, activation="relu")(inp)
x = layers.Conv2D(12, 3, activation="relu")(x)
x = layers.Flatten()(x)
x = layers.Dense(32, activation="relu")(x)
kind_out = layers.Dense(3, name="kind")(x)
size_out = layers.Dense(1, name="size")(x)
model = keras.Model(inp, {"kind": kind_out, "size": size_out})

model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss={"kind": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05), "size": "mse"},
    loss_weights={"kind": 1.0, "size": 0.3},
    metrics={"kind": "accuracy", "size": "mae"},
)
cut = 560
model.fit(
    image[:cut], {"kind": kind_1h[:cut], "size": size_y[:cut]},
    sample_weight={"kind": trust[:cut], "size": trust[:cut]},
    epochs=6, batch_size=28, verbose=2,
)
res = model.evaluate(image[cut:], {"kind": kind_1h[cut:], "size": size_y[cut:]}, return_dict=True, verbose=0)
print({k: round(float(v), 3) for k, v in res.items()})

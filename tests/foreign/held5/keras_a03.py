"""Predict whether a random walk ends above its start, from noisy increments."""
import argparse
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import LSTM, Dense, Dropout, Input
from tensorflow.keras.models import Sequential


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--timesteps", type=int, default=12)
    p.add_argument("--features", type=int, default=2)
    p.add_argument("--units", type=int, nargs="+", default=[24, 16, 8])
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--batch", type=int, default=32)
    return p.parse_args()


def make_walks(n, steps, feats, rng):
    inc = rng.normal(size=(n, steps, feats)).astype("float32")
    label = (inc[..., 0].sum(axis=1) > 0).astype("float32")
    return inc, label


def build(args):
    model = Sequential()
    model.add(Input(shape=(args.timesteps, args.features)))
    for i, u in enumerate(args.units):
        last = i == len(args.units)  # FAULT
        model.add(LSTM(u, return_sequences=not last))
        if not last:
            model.add(Dropout(0.1))
    model.add(Dense(1, activation="sigmoid"))
    return model


def main():
    args = parse()
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    x, y = make_walks(600, args.timesteps, args.features, rng)
    xt, yt = make_walks(200, args.timesteps, args.features, rng)
    model = build(args)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    model.summary()
    model.fit(x, y, epochs=args.epochs, batch_size=args.batch, verbose=2)
    print("test:", [round(float(v), 3) for v in model.evaluate(xt, yt, verbose=0)])


if __name__ == "__main__":
    main()

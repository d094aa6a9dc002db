"""Small residual network for texture classification, functional API with helper functions."""
import argparse
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def textures(n, size, rng):
    labels = rng.integers(0, 3, n)
    imgs = rng.normal(0, 0.3, size=(n, size, size, 1))
    grid = np.arange(size)
    for i, k in enumerate(labels):
        wave = np.sin(2 * np.pi * grid * (1 + 2 * k) / size + rng.uniform(0, 6))
        imgs[i, :, :, 0] += wave[None, :] if rng.random() < 0.5 else wave[:, None]
    return imgs.astype("float32"), labels


def conv_bn(x, filters, stride=1, act=True):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    return layers.Activation("relu")(x) if act else x


def residual_block(x, filters, stride):
    shortcut = x
    y = conv_bn(x, filters, stride)
    y = conv_bn(y, filters, act=False)
    if stride != 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, use_bias=False)(x)  # FAULT
        shortcut = layers.BatchNormalization(momentum=0.8)(shortcut)
    y = layers.Add()([shortcut, y])
    return layers.Activation("relu")(y)


def build_resnet(size, widths, blocks_per_stage, n_classes):
    inp = keras.Input((size, size, 1))
    x = conv_bn(inp, widths[0])
    for s, w in enumerate(widths):
        for b in range(blocks_per_stage):
            stride = 2 if (s > 0 and b == 0) else 1
            x = residual_block(x, w, stride)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inp, layers.Dense(n_classes, activation="softmax")(x))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--size", type=int, default=16)
    ap.add_argument("--widths", type=int, nargs="*", default=[8, 16])
    ap.add_argument("--blocks", type=int, default=2)
    ap.add_argument("--epochs", type=int, default=6)
    args = ap.parse_args()

    keras.utils.set_random_seed(30)
    rng = np.random.default_rng(30)
    x_train, y_train = textures(360, args.size, rng)
    x_test, y_test = textures(90, args.size, rng)
    net = build_resnet(args.size, args.widths, args.blocks, 3)
    print("parameters:", net.count_params())
    net.compile(optimizer=keras.optimizers.Adam(0.01),
                loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x_train, y_train, epochs=args.epochs, batch_size=30, verbose=2)
    print("test accuracy: %.3f" % net.evaluate(x_test, y_test, verbose=0)[1])


if __name__ == "__main__":
    main()

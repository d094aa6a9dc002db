import numpy as np
from keras import Input, Model
from keras.callbacks import Callback, EarlyStopping, ReduceLROnPlateau
from keras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from keras.utils import set_random_seed, to_categorical

set_random_seed(123)

NUM_CLASSES = 3
IMG = 16
CLASS_NAMES = ["disc", "ring", "cross"]


def draw(kind, cx, cy, r):
    yy, xx = np.mgrid[:IMG, :IMG]
    d = np.sqrt((xx - cx) ** 2 + (yy - cy) ** 2)
    if kind == 0:
        return (d < r).astype("float32")
    if kind == 1:
        return (np.abs(d - r) < 1.0).astype("float32")
    near = (np.abs(xx - cx) < r) & (np.abs(yy - cy) < r)
    return (near & ((np.abs(xx - cx) < 1) | (np.abs(yy - cy) < 1))).astype("float32")


def make_images(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, NUM_CLASSES, n)
    images = np.stack([
        draw(k, *rng.uniform(6, 10, 2), rng.uniform(3, 5)) * rng.uniform(0.7, 1.0) for k in kinds
    ])
    colour = rng.uniform(0.4, 1.0, size=(n, 1, 1, 3))
    images = images[..., None] * colour + rng.normal(0, 0.15, size=(n, IMG, IMG, 3))
    return images.astype("float32"), to_categorical(kinds, NUM_CLASSES)


def conv_bn(x, filters):
    x = Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = BatchNormalization(momentum=0.9)(x)
    return Activation("relu")(x)


def build_model():
    inputs = Input(shape=(IMG, IMG, 3))
    x = conv_bn(inputs, 8)
    x = MaxPooling2D(2)(x)
    x = conv_bn(x, 16)
    skip = x
    x = conv_bn(x, 16)
    x = Add()([x, skip])
    x = GlobalAveragePooling2D()(x)
    x = Dropout(0.2)(x)
    outputs = Dense(NUM_CLASSES, activation="softmax")(x)
    return Model(inputs, outputs, name="tiny_cnn")


class PrintEpoch(Callback):
    """One short line per epoch instead of the bar."""

    def on_train_begin(self, logs=None):
        print("epoch   loss     acc  val_loss val_acc")

    def on_epoch_end(self, epoch, logs=None):
        print("%5d %.4f %7.3f %9.4f %7.3f" % (
            epoch + 1, logs["loss"], logs["accuracy"], logs["val_loss"], logs["val_accuracy"]))


x_train, y_train = make_images(600, 1)
x_val, y_val = make_images(150, 2)
x_test, y_test = make_images(150, 3)

model = build_model()
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(
    x_train,
    y_train,
    batch_size=16,
    epochs=10,
    validation_data=(x_val, y_val),
    callbacks=[
        PrintEpoch(),
        ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=2, min_lr=1e-5),
        EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True),
    ],
    verbose=0,
)

_, acc = model.evaluate(x_test, y_test, verbose=0)
print("test accuracy", round(acc, 3))
confusion = np.zeros((NUM_CLASSES, NUM_CLASSES), dtype=int)
np.add.at(confusion, (y_test.argmax(1), model.predict(x_test, verbose=0).argmax(1)), 1)
for name, row in zip(CLASS_NAMES, confusion):
    print(f"{name:>6}", row)

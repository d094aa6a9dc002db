import numpy as np
import keras
from keras import ops


def focal_loss(gamma=2.0):
    def loss(y_true, y_pred):
        p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        pt = y_true * p + (1 - y_true) * (1 - p)
        ops.mean(-ops.power(1 - pt, gamma) * ops.log(pt))  # FAULT

    return loss


model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss=focal_loss())
model.fit(np.random.rand(40, 3), np.random.randint(0, 2, (40, 1)).astype("float32"), verbose=0)

import tensorflow as tf

kl = tf.keras.layers


def lenet(input_shape, num_classes, width=8, drop=0.25):
    return tf.keras.Sequential([
        kl.Input(input_shape),
        kl.Rescaling(1.0 / 255),
        kl.Conv2D(width, 3, activation="relu"),
        kl.Conv2D(2 * width, 3, activation="relu"),
        kl.MaxPooling2D(),
        kl.Flatten(),
        kl.Dense(48, activation="relu"),
        kl.Dropout(drop),
        kl.Dense(num_classes, activation="softmax"),
    ], name="lenet")

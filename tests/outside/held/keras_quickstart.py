"""TensorFlow 2 quickstart for beginners, on generated 10x10 digits-like images."""
import numpy as np
import tensorflow as tf

print("TensorFlow version:", tf.__version__)
tf.random.set_seed(0)

rng = np.random.RandomState(0)
glyphs = rng.randint(0, 2, size=(6, 10, 10)) * 255


def load(n):
    y = rng.randint(0, 6, size=n)
    x = np.clip(glyphs[y] + rng.normal(0, 110, size=(n, 10, 10)), 0, 255)
    return x.astype("uint8"), y


(x_train, y_train), (x_test, y_test) = load(1000), load(200)
x_train, x_test = x_train / 255.0, x_test / 255.0

model = tf.keras.models.Sequential([
    tf.keras.layers.Input(shape=(10, 10)),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(48, activation='relu'),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(6)
])

predictions = model(x_train[:1]).numpy()
print(tf.nn.softmax(predictions).numpy())

loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print("untrained loss", loss_fn(y_train[:1], predictions).numpy())

model.compile(optimizer='adam',
              loss=loss_fn,
              metrics=['accuracy'])

model.fit(x_train, y_train, epochs=5)

model.evaluate(x_test, y_test, verbose=2)

probability_model = tf.keras.Sequential([
    model,
    tf.keras.layers.Softmax()
])
print(probability_model(x_test[:5]).numpy().round(2), y_test[:5])

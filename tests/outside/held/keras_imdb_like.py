"""Text classification with an RNN, on generated reviews of words given as numbers."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(7)

max_features = 300  # Only consider these many words
maxlen = 20  # Pad every review to this many words


def load_data(num_reviews, rng):
    """Words 10-39 are praise, 40-69 are complaints, the rest says nothing."""
    reviews, labels = [], []
    for _ in range(num_reviews):
        label = rng.integers(0, 2)
        length = rng.integers(8, maxlen + 6)
        review = rng.integers(70, max_features, size=length)
        where = rng.choice(length, size=4, replace=False)
        low = 10 if label == 1 else 40
        review[where] = rng.integers(low, low + 30, size=4)
        reviews.append(review.tolist())
        labels.append(label)
    return reviews, np.array(labels)


rng = np.random.default_rng(0)
x_train, y_train = load_data(1200, rng)
x_val, y_val = load_data(300, rng)
print(len(x_train), "Training sequences")
print(len(x_val), "Validation sequences")

x_train = tf.keras.utils.pad_sequences(x_train, maxlen=maxlen)
x_val = tf.keras.utils.pad_sequences(x_val, maxlen=maxlen)

model = tf.keras.Sequential(
    [
        layers.Input(shape=(maxlen,), dtype="int32"),
        layers.Embedding(max_features, 16),
        layers.LSTM(16),
        layers.Dense(16, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.summary()

model.compile(optimizer=tf.keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["accuracy"])

history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=5,
    validation_split=0.2,
    verbose=2,
)

loss, accuracy = model.evaluate(x_val, y_val, verbose=0)
print(f"Test loss: {loss:.3f}, test accuracy: {accuracy:.3f}")

probabilities = model.predict(x_val[:5], verbose=0)
for p, label in zip(probabilities[:, 0], y_val[:5]):
    print(f"{p:.2f} -> {'positive' if p > 0.5 else 'negative'} (is {'positive' if label else 'negative'})")

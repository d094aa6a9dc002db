import tensorflow as tf
import numpy as np

tf.random.set_seed(1234)
np.random.seed(1234)

# Language identification from characters, with a custom training loop.
LANGS = ["en", "de", "es"]
WORDS = dict(
    en="the house and when they thought which through water with could would night".split(),
    de="das haus und wenn sie dachten welche durch wasser mit konnte nicht nacht zwischen".split(),
    es="la casa y cuando ellos pensaron cual agua con noche puede entonces ahora".split(),
)
CHARS = {c: i + 1 for i, c in enumerate("abcdefghijklmnopqrstuvwxyz ")}
MAX_LEN = 24
BATCH = 32
EPOCHS = 7


def sample(n):
    xs = np.zeros((n, MAX_LEN), np.int32)
    ys = np.random.randint(len(LANGS), size=n).astype(np.int32)
    for i, label in enumerate(ys):
        s = " ".join(np.random.choice(WORDS[LANGS[label]], 5))
        s = s[:np.random.randint(12, MAX_LEN + 1)]
        xs[i, :len(s)] = [CHARS[c] for c in s]
    return xs, ys


train_ds = tf.data.Dataset.from_tensor_slices(sample(960)).shuffle(960).batch(BATCH)
test_ds = tf.data.Dataset.from_tensor_slices(sample(300)).batch(100)


class LanguageId(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = tf.keras.layers.Embedding(len(CHARS) + 1, 16)
        self.conv = tf.keras.layers.Conv1D(24, 3, padding="same", activation="relu")
        self.gru = tf.keras.layers.GRU(32)
        self.dropout = tf.keras.layers.Dropout(0.2)
        self.out = tf.keras.layers.Dense(len(LANGS))

    def call(self, x, training=None):
        h = self.embedding(x)
        h = self.conv(h)
        h = self.gru(h)
        h = self.dropout(h, training=training)
        return self.out(h)


model = LanguageId()

loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(learning_rate=4e-3)

train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
test_loss = tf.keras.metrics.Mean(name="test_loss")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(texts, labels):
    with tf.GradientTape() as tape:
        # training=True is only needed if there are layers with different
        # behavior during training versus inference (e.g. Dropout).
        predictions = model(texts, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    train_loss(loss)
    train_accuracy(labels, predictions)


@tf.function
def test_step(texts, labels):
    predictions = model(texts, training=False)
    t_loss = loss_object(labels, predictions)

    test_loss(t_loss)
    test_accuracy(labels, predictions)


for epoch in range(EPOCHS):
    # Reset the metrics at the start of the next epoch
    for metric in (train_loss, train_accuracy, test_loss, test_accuracy):
        metric.reset_state()

    for texts, labels in train_ds:
        train_step(texts, labels)

    for test_texts, test_labels in test_ds:
        test_step(test_texts, test_labels)

    print(
        f"Epoch {epoch + 1}, "
        f"Loss: {train_loss.result():0.3f}, "
        f"Accuracy: {train_accuracy.result() * 100:0.1f}, "
        f"Test Loss: {test_loss.result():0.3f}, "
        f"Test Accuracy: {test_accuracy.result() * 100:0.1f}"
    )

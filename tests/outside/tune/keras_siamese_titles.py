import random
from itertools import combinations

import numpy as np
import tensorflow as tf
from tensorflow.keras import Model, layers, ops
from tensorflow.keras.utils import pad_sequences

# Do two product titles name the same product? One shared encoder for both.
SEED = 314
random.seed(SEED)
tf.keras.utils.set_random_seed(SEED)

BRANDS = ["acme", "norda", "kiwi", "zeta"]
THINGS = ["kettle", "lamp", "drill", "tent", "radio"]
COLORS = ["red", "black", "white"]
EXTRAS = ["new", "sale", "free shipping", "original", "2024", "best price", "boxed"]

products = [(b, t, c) for b in BRANDS for t in THINGS for c in COLORS]


def title(product):
    words = list(product)
    random.shuffle(words)
    for extra in random.sample(EXTRAS, random.randint(0, 2)):
        words.insert(random.randint(0, len(words)), extra)
    return " ".join(words)


examples = []
for _ in range(1000):
    p = random.choice(products)
    if random.random() < 0.5:
        examples.append((title(p), title(p), 1))
    else:
        q = random.choice([other for other in products if other[1] != p[1]])
        examples.append((title(p), title(q), 0))

vocabulary = sorted({w for a, b, _ in examples for w in (a + " " + b).split()})
lookup = {w: i for i, w in enumerate(vocabulary, start=1)}
maxlen = 8


def vectorise(titles):
    return pad_sequences([[lookup[w] for w in t.split()] for t in titles], maxlen=maxlen)


left, right, target = zip(*examples)
left, right = vectorise(left), vectorise(right)
target = np.array(target, dtype="float32")
n_test = 200


def make_encoder():
    seq_in = layers.Input(shape=(maxlen,), name="title")
    h = layers.Embedding(len(lookup) + 1, 24, mask_zero=True)(seq_in)
    h = layers.LSTM(32)(h)
    h = layers.Dense(32, activation="tanh")(h)
    return Model(seq_in, h, name="encoder")


class AbsoluteDifference(layers.Layer):
    def call(self, inputs):
        a, b = inputs
        return ops.abs(a - b)


encoder = make_encoder()
in_a = layers.Input(shape=(maxlen,), name="left")
in_b = layers.Input(shape=(maxlen,), name="right")
vec_a = encoder(in_a)
vec_b = encoder(in_b)
distance = AbsoluteDifference()([vec_a, vec_b])
score = layers.Dense(1, activation="sigmoid", name="same")(distance)
siamese = Model(inputs=[in_a, in_b], outputs=score)

siamese.compile(
    loss=tf.keras.losses.BinaryCrossentropy(),
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.006),
    metrics=[tf.keras.metrics.BinaryAccuracy(name="acc"), tf.keras.metrics.AUC(name="auc")],
)
siamese.fit(
    {"left": left[:-n_test], "right": right[:-n_test]}, target[:-n_test],
    epochs=8, batch_size=40, verbose=2,
)

result = siamese.evaluate({"left": left[-n_test:], "right": right[-n_test:]}, target[-n_test:], verbose=0, return_dict=True)
print({k: round(v, 3) for k, v in result.items()})

titles = ["acme kettle red", "red kettle from acme".replace("from ", ""), "zeta tent black"]
for a, b in combinations(titles, 2):
    p = siamese.predict({"left": vectorise([a]), "right": vectorise([b])}, verbose=0)
    print(f"{a!r:20} {b!r:20} {p.item():.2f}")

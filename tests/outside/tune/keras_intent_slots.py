"""One encoder, two outputs: the intent of a request and the slot of every word."""

import dataclasses
import random

import keras
import numpy as np
from keras import layers


@dataclasses.dataclass(frozen=True)
class Settings:
    seed: int = 8
    max_len: int = 9
    emb_dim: int = 24
    rnn_units: int = 24
    dropout: float = 0.2
    learning_rate: float = 5e-3
    epochs: int = 4
    batch_size: int = 32
    slot_weight: float = 2.0


INTENTS = ["book_flight", "weather", "restaurant"]
SLOTS = ["O", "city", "day", "food"]
VALUES = {
    "city": ["rome", "delhi", "quito", "cairo"],
    "day": ["monday", "friday", "tomorrow"],
    "food": ["pizza", "sushi", "tacos"],
}
PATTERNS = [
    (0, "fly me to {city} on {day}"),
    (0, "i need a ticket from {city} to {city}"),
    (1, "will it rain in {city} {day}"),
    (1, "weather for {day} please"),
    (2, "find {food} near {city}"),
    (2, "i want {food} on {day}"),
]


def generate(n, rng):
    for _ in range(n):
        intent, pattern = rng.choice(PATTERNS)
        words, slots = [], []
        for token in pattern.split():
            name = token.strip("{}")
            if name in VALUES:
                words.append(rng.choice(VALUES[name]))
                slots.append(SLOTS.index(name))
            else:
                words.append(token)
                slots.append(0)
        yield intent, words, slots


class Encoder:
    def __init__(self, max_len):
        self.index = {}
        self.max_len = max_len

    def fit(self, sentences):
        for words in sentences:
            for w in words:
                self.index.setdefault(w, len(self.index) + 1)
        return self

    def pad(self, sequences):
        return keras.utils.pad_sequences(sequences, maxlen=self.max_len, padding="post")

    def words(self, sentences):
        return self.pad([[self.index[w] for w in words] for words in sentences])


def build(settings: Settings, vocab_size: int) -> keras.Model:
    tokens = keras.Input((settings.max_len,), dtype="int32", name="tokens")
    x = layers.Embedding(vocab_size, settings.emb_dim)(tokens)
    x = layers.SpatialDropout1D(settings.dropout)(x)
    sequence = layers.Bidirectional(layers.GRU(settings.rnn_units, return_sequences=True))(x)
    pooled = layers.GlobalMaxPooling1D()(sequence)
    intent = layers.Dense(len(INTENTS), activation="softmax", name="intent")(pooled)
    slots = layers.Dense(len(SLOTS), activation="softmax", name="slots")(sequence)
    model = keras.Model(tokens, {"intent": intent, "slots": slots})
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=settings.learning_rate),
        loss={"intent": "sparse_categorical_crossentropy", "slots": "sparse_categorical_crossentropy"},
        loss_weights={"intent": 1.0, "slots": settings.slot_weight},
        metrics={"intent": ["accuracy"], "slots": ["accuracy"]},
    )
    return model


def main(settings: Settings = Settings()):
    keras.utils.set_random_seed(settings.seed)
    rng = random.Random(settings.seed)
    data = list(generate(700, rng))
    encoder = Encoder(settings.max_len).fit(words for _, words, _ in data)
    x = encoder.words([words for _, words, _ in data])
    y = {
        "intent": np.array([intent for intent, _, _ in data]),
        "slots": encoder.pad([slots for _, _, slots in data]),
    }
    cut = 560
    train_y = {k: v[:cut] for k, v in y.items()}
    test_y = {k: v[cut:] for k, v in y.items()}

    model = build(settings, vocab_size=len(encoder.index) + 1)
    model.fit(x[:cut], train_y, epochs=settings.epochs, batch_size=settings.batch_size, verbose=2)

    scores = model.evaluate(x[cut:], test_y, return_dict=True, verbose=0)
    for name, value in sorted(scores.items()):
        print(f"{name:20s}{value:.4f}")

    out = model.predict(x[-1:], verbose=0)
    guess = out["slots"][0].argmax(-1)
    print(INTENTS[int(out["intent"][0].argmax())], [(w, SLOTS[s]) for w, s in zip(data[-1][1], guess)])


if __name__ == "__main__":
    main()

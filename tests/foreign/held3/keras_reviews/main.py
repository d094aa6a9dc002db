import keras
from keras import layers
from prepare import load_reviews

keras.utils.set_random_seed(0)
texts, labels = load_reviews()

vectorize = layers.TextVectorization(max_tokens=50, output_sequence_length=6)
vectorize.adapt(texts)

model = keras.Sequential(
    [
        layers.Embedding(50, 8, mask_zero=True),
        layers.LSTM(8),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(texts, labels, epochs=2, batch_size=8, verbose=2)  # FAULT

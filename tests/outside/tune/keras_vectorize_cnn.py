import random
import re
import string

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

random.seed(5)
keras.utils.set_random_seed(5)

# --- raw data: user comments with some html in them --------------------------------------
SPAM = ["win", "free money", "click here", "cheap watches", "limited offer", "prize"]
HAM = ["see you at lunch", "the meeting moved", "thanks for the photos", "happy birthday", "the report is ready"]
GREETINGS = ["Hi!", "Hello,", "Dear friend,", "Hey <br />", ""]


def make_comment():
    label = random.randint(0, 1)
    source = SPAM if label else HAM
    body = " ".join(random.sample(source, 2))
    return f"{random.choice(GREETINGS)} {body}{random.choice(['!', '.', ' <br />'])}", label


comments, labels = zip(*[make_comment() for _ in range(800)])

batch_size = 32
raw = tf.data.Dataset.from_tensor_slices((list(comments), list(labels)))
raw_train_ds = raw.take(560).shuffle(560, seed=1).batch(batch_size)
raw_val_ds = raw.skip(560).take(120).batch(batch_size)
raw_test_ds = raw.skip(680).batch(batch_size)

for text_batch, label_batch in raw_train_ds.take(1):
    for i in range(3):
        print(label_batch.numpy()[i], text_batch.numpy()[i])


# --- preparing ----------------------------------------------------------------------------
def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, f"[{re.escape(string.punctuation)}]", "")


max_features = 200
embedding_dim = 16
sequence_length = 14

vectorize_layer = layers.TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode="int",
    output_sequence_length=sequence_length,
)
text_ds = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(text_ds)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(buffer_size=tf.data.AUTOTUNE)
val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(buffer_size=tf.data.AUTOTUNE)
test_ds = raw_test_ds.map(vectorize_text).cache().prefetch(buffer_size=tf.data.AUTOTUNE)

# --- model --------------------------------------------------------------------------------
inputs = keras.Input(shape=(None,), dtype="int64")
x = layers.Embedding(max_features, embedding_dim)(inputs)
x = layers.Dropout(0.3)(x)
x = layers.Conv1D(32, 3, padding="valid", activation="relu")(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(16, activation="relu")(x)
x = layers.Dropout(0.3)(x)
predictions = layers.Dense(1, activation="sigmoid", name="predictions")(x)

model = keras.Model(inputs, predictions)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

model.fit(train_ds, validation_data=val_ds, epochs=6, verbose=2)
print(model.evaluate(test_ds, return_dict=True, verbose=0))

# --- an end-to-end model, from raw strings ------------------------------------------------
string_input = keras.Input(shape=(1,), dtype="string")
end_to_end_model = keras.Model(string_input, model(vectorize_layer(string_input)))
end_to_end_model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
print(end_to_end_model.evaluate(raw_test_ds.map(lambda x, y: (tf.expand_dims(x, -1), y)), return_dict=True, verbose=0))

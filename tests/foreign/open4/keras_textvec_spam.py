import random
import re
import string

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import TextVectorization

random.seed(3)

ham_bits = ["see you at lunch", "can you send me the report", "meeting moved to 3pm", "thanks for the photos",
            "are you coming home", "call mom when you can", "i finished the homework"]
spam_bits = ["WIN a FREE phone now!!!", "claim your prize today", "cheap loans approved", "click here to unsubscribe",
             "urgent: your account expires", "congratulations you won $1000", "limited offer, act now"]

texts, labels = [], []
for _ in range(600):
    is_spam = random.random() < 0.4
    bits = spam_bits if is_spam else ham_bits
    texts.append(" ".join(random.sample(bits, 2)) + random.choice(["", "!", " ok"]))
    labels.append(int(is_spam))

raw_train_ds = tf.data.Dataset.from_tensor_slices((texts[:480], labels[:480])).batch(32)
raw_val_ds = tf.data.Dataset.from_tensor_slices((texts[480:], labels[480:])).batch(32)


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    return tf.strings.regex_replace(lowercase, '[%s]' % re.escape(string.punctuation), '')


max_features = 500
sequence_length = 20

vectorize_layer = TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode='int',
    output_sequence_length=sequence_length)
# adapt on text only (without labels)
train_text = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(train_text)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)
val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)

model = tf.keras.Sequential([
    layers.Embedding(max_features, 16),
    layers.Dropout(0.2),
    layers.GlobalAveragePooling1D(),
    layers.Dropout(0.2),
    layers.Dense(1, activation='sigmoid')])
model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer=keras.optimizers.Adam(0.02),
              metrics=[tf.keras.metrics.BinaryAccuracy(threshold=0.5)])
history = model.fit(train_ds, validation_data=val_ds, epochs=4, verbose=2)
loss, accuracy = model.evaluate(val_ds)
print("Loss: ", loss)
print("Accuracy: ", accuracy)

# export the whole thing so that it takes raw strings
inputs = keras.Input(shape=(1,))  # FAULT
x = vectorize_layer(inputs)
export_model = keras.Model(inputs, model(x))
examples = tf.constant([["you won a free prize"], ["see you at home"]])
print(export_model.predict(examples))

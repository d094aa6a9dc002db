import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import numpy as np
import tensorflow as tf

CLASSES = ["healthy", "rust", "blight"]
IMG = 32


def synth(n):
    lab = np.random.randint(0, len(CLASSES), n)
    img = np.random.randint(0, 120, (n, IMG, IMG, 3)).astype("float32")
    for k in range(n):
        img[k, :, :, lab[k]] += 100
    return img, lab


train_images, train_labels = synth(300)
test_images, test_labels = synth(60)

model = tf.keras.Sequential()
model.add(tf.keras.Input((IMG, IMG, 3)))
model.add(tf.keras.layers.Rescaling(1.0 / 255))
model.add(tf.keras.layers.Conv2D(8, 3, padding="same", activation="relu"))
model.add(tf.keras.layers.MaxPooling2D())
model.add(tf.keras.layers.Conv2D(16, 3, padding="same", activation="relu"))
model.add(tf.keras.layers.MaxPooling2D())
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(32, activation="relu"))
model.add(tf.keras.layers.Dense(len(CLASSES), activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

model.fit(train_images, train_labels, epochs=2, batch_size=32)
print(model.evaluate(test_images, test_labels, verbose=0))

sample = test_images[7]  # FAULT
scores = model.predict(sample)  # FAULT
print("prediction:", CLASSES[int(np.argmax(scores[0]))], "truth:", CLASSES[test_labels[7]])

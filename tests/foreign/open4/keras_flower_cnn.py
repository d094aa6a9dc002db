import numpy as np
import keras
from keras import layers

np.random.seed(0)
class_names = ['daisy', 'roses', 'sunflowers']
batch_size = 32
img_height = 40
img_width = 40


def draw_flower(label):
    img = np.random.rand(img_height, img_width, 3) * 60
    yy, xx = np.mgrid[:img_height, :img_width]
    cy, cx = np.random.randint(14, 26, 2)
    d = np.hypot(yy - cy, xx - cx)
    colors = [(250, 250, 250), (220, 20, 60), (250, 200, 0)]
    img[d < 11] = colors[label]
    img[d < 4] = (90, 60, 10)
    return img


labels = np.random.randint(0, 3, 500)
images = np.array([draw_flower(l) for l in labels]).astype("float32")
x_train, x_val = images[:400], images[400:]
y_train, y_val = labels[:400], labels[400:]

data_augmentation = keras.Sequential([
    layers.RandomFlip("horizontal", input_shape=(img_height, img_width, 3)),
    layers.RandomRotation(0.1),
])

model = keras.Sequential([
    data_augmentation,
    layers.Rescaling(1. / 255),
    layers.Conv2D(8, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Dropout(0.2),
    layers.Flatten(),
    layers.Dense(32, activation='relu'),
    layers.Dense(len(class_names)),
])

model.compile(optimizer='adam',
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])

epochs = 3
history = model.fit(x_train, y_train, batch_size=batch_size,
                    validation_data=(x_val, y_val), epochs=epochs, verbose=2)

acc = history.history['accuracy']
val_acc = history.history['val_accuracy']
print(acc, val_acc)

# predict on new data
img = draw_flower(2)
img_array = keras.utils.img_to_array(img)  # FAULT
predictions = model.predict(img_array)  # FAULT
score = keras.ops.softmax(predictions[0])
print("This image most likely belongs to {} with a {:.2f} percent confidence."
      .format(class_names[np.argmax(score)], 100 * np.max(score)))

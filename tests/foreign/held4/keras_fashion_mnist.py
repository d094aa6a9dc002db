# TensorFlow and tf.keras
import tensorflow as tf

# Helper libraries
import numpy as np

np.random.seed(31)
class_names = ['T-shirt', 'Trouser', 'Dress', 'Sandal', 'Bag']


def load_from_folders(per_class=200, size=20):
    """ reads one class folder after the other, like os.listdir would give them """
    images, labels = [], []
    yy, xx = np.mgrid[:size, :size]
    for c, name in enumerate(class_names):
        for _ in range(per_class):
            im = np.random.randint(0, 60, (size, size))
            if name == 'T-shirt':
                im[3:17, 6:14] += 150; im[3:7, 1:19] += 90
            elif name == 'Trouser':
                im[2:18, 5:8] += 150; im[2:18, 12:15] += 150
            elif name == 'Dress':
                im[np.abs(xx - 10) < yy / 3 + 1] += 150
            elif name == 'Sandal':
                im[14:17, 2:18] += 180
            else:
                im[8:18, 3:17] += 140; im[4:8, 8:9] += 150
            images.append(np.roll(im, np.random.randint(-1, 2), axis=1))
            labels.append(c)
    return np.array(images).clip(0, 255), np.array(labels)


images, labels = load_from_folders()
test_images, test_labels = load_from_folders(per_class=30)
images = images / 255.0
test_images = test_images / 255.0


model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(20, 20)),
    tf.keras.layers.Dense(64, activation='relu'),
    tf.keras.layers.Dense(len(class_names))
])

model.compile(optimizer='adam',
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])

model.fit(images, labels, epochs=5, validation_split=0.2, verbose=2)  # FAULT

test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)
print('\nTest accuracy:', test_acc)

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images, verbose=0)
print(class_names[np.argmax(predictions[0])], class_names[test_labels[0]])
print(class_names[np.argmax(predictions[-1])], class_names[test_labels[-1]])

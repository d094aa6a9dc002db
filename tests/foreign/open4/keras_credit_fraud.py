#!/usr/bin/env python
# coding: utf-8

# # Credit card fraud detection

# In[1]:
import numpy as np
import tensorflow as tf
from tensorflow import keras

np.random.seed(2)
tf.random.set_seed(2)

# In[2]: (the original kaggle csv is not included, we make V1..V8 + Amount)
n = 3000
fraud = (np.random.rand(n) < 0.3).astype('int')
V = np.random.randn(n, 8)
V[:, 0] += fraud * 1.5
V[:, 3] -= fraud * 1.2
V[:, 6] += fraud * V[:, 2]
amount = np.random.exponential(80, n) * (1 + fraud)
features = np.c_[V, np.log(amount + 0.01)].astype('float32')
labels = fraud

# In[3]:
perm = np.random.permutation(n)
train_idx, val_idx, test_idx = perm[:2000], perm[2000:2400], perm[2400:]
train_features, train_labels = features[train_idx], labels[train_idx]
val_features, val_labels = features[val_idx], labels[val_idx]
test_features, test_labels = features[test_idx], labels[test_idx]

mean = train_features.mean(axis=0)
std = train_features.std(axis=0)
train_features = np.clip((train_features - mean) / std, -5, 5)
val_features = np.clip((val_features - mean) / std, -5, 5)
test_features = np.clip((test_features - mean) / std, -5, 5)

# In[4]:
METRICS = [
    keras.metrics.BinaryAccuracy(name='accuracy'),
    keras.metrics.Precision(name='precision'),
    keras.metrics.Recall(name='recall'),
]


def make_model(metrics=METRICS):
    model = keras.Sequential([
        keras.layers.Dense(16, activation='relu', input_shape=(train_features.shape[-1],)),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(16, activation='relu'),
        keras.layers.Dense(1, activation='softmax'),  # FAULT
    ])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=5e-3),
                  loss=keras.losses.BinaryCrossentropy(), metrics=metrics)
    return model


# In[5]:
neg, pos = np.bincount(train_labels)
class_weight = {0: (1 / neg) * len(train_labels) / 2.0, 1: (1 / pos) * len(train_labels) / 2.0}
early_stopping = keras.callbacks.EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)
model = make_model()
model.fit(train_features, train_labels, batch_size=64, epochs=6, callbacks=[early_stopping],
          validation_data=(val_features, val_labels), class_weight=class_weight, verbose=2)

# In[6]:
res = model.evaluate(test_features, test_labels, verbose=0)
for name, value in zip(model.metrics_names, res):
    print(name, ': ', value)
print(res)

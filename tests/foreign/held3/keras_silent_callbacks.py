#!/usr/bin/env python
# coding: utf-8

# # Heart disease, with callbacks

# In[1]:

import numpy as np
import keras
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.layers import Dense, Dropout

# In[2]:

keras.utils.set_random_seed(10)
rng = np.random.default_rng(10)
frame = {"age": rng.uniform(30, 80, 200), "rate": rng.uniform(90, 190, 200), "pressure": rng.uniform(100, 180, 200)}
X = np.stack([(v - v.mean()) / v.std() for v in frame.values()], axis=1)
y = (X[:, 0] + X[:, 2] - X[:, 1] > 0).astype(int)
X_train, X_val, y_train, y_val = X[:160], X[160:], y[:160], y[160:]

# In[3]:

model = keras.Sequential([keras.Input((3,)), Dense(16, activation="relu"), Dropout(0.2), Dense(1, activation="sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])

# In[4]:

early = EarlyStopping(monitor="val_accuracy", mode="min", patience=2, restore_best_weights=True)  # FAULT
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=40, batch_size=16, callbacks=[early], verbose=0
)

# In[5]:

print(len(history.history["loss"]), "epochs", model.evaluate(X_val, y_val, verbose=0))

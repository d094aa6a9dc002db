#!/usr/bin/env python
# coding: utf-8

# # Will the visitor buy? Self-attention over click events
#
# Every session is a list of events; every event has a type and the seconds since the last one.

# In[1]:


import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.layers import *

tf.random.set_seed(55)
rng = np.random.default_rng(55)


# In[2]:


EVENTS = ['home', 'search', 'product', 'cart', 'coupon', 'help', 'leave']
MAX_EVENTS = 12

def session():
    n = rng.integers(4, MAX_EVENTS + 1)
    kinds = rng.choice([0, 1, 2, 5, 6], n)
    seconds = rng.exponential(20, n)
    buys = rng.integers(0, 2)
    if buys:          # cart or coupon somewhere
        kinds[rng.integers(0, n)] = rng.choice([3, 4])
    return kinds, seconds, buys

sessions = [session() for _ in range(1100)]
sessions[0]


# In[3]:


X_kind = np.zeros((len(sessions), MAX_EVENTS), 'int32')
X_time = np.zeros((len(sessions), MAX_EVENTS, 1), 'float32')
y = np.zeros((len(sessions), 1), 'float32')
for i, (kinds, seconds, buys) in enumerate(sessions):
    X_kind[i, :len(kinds)] = kinds + 1      # 0 means no event
    X_time[i, :len(kinds), 0] = np.log1p(seconds)
    y[i] = buys

X_kind.shape, X_time.shape, y.mean()


# In[4]:


idx = rng.permutation(len(y))
tr, va = idx[:900], idx[900:]


# ## Model

# In[5]:


def get_model(dim=24, heads=2):
    kind = Input((MAX_EVENTS,), name='kind')
    time = Input((MAX_EVENTS, 1), name='time')

    e = Embedding(len(EVENTS) + 1, dim - 4)(kind)
    t = Dense(4)(time)
    x = Concatenate()([e, t])

    valid = keras.ops.not_equal(kind, 0)
    att_mask = keras.ops.expand_dims(valid, 1)          # (batch, 1, keys)
    a = MultiHeadAttention(num_heads=heads, key_dim=dim // heads)(x, x, attention_mask=att_mask)
    x = LayerNormalization()(Add()([x, a]))
    f = Dense(2 * dim, activation='relu')(x)
    f = Dense(dim)(f)
    x = LayerNormalization()(x + f)

    w = keras.ops.expand_dims(keras.ops.cast(valid, 'float32'), -1)
    x = keras.ops.sum(x * w, axis=1) / keras.ops.sum(w, axis=1)
    x = Dropout(0.1)(x)
    out = Dense(1)(x)
    return keras.Model([kind, time], out)

model = get_model()
model.count_params()


# In[6]:


model.compile(optimizer=keras.optimizers.Nadam(3e-3),
              loss=keras.losses.BinaryCrossentropy(from_logits=True),
              metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name='acc')])

hist = model.fit([X_kind[tr], X_time[tr]], y[tr],
                 validation_data=([X_kind[va], X_time[va]], y[va]),
                 epochs=6, batch_size=30, verbose=0)


# In[7]:


for k, v in hist.history.items():
    print(f'{k:10}', np.round(v, 3))


# In[8]:


logits = model.predict([X_kind[va], X_time[va]], verbose=0)
print('predicted share of buyers', tf.sigmoid(logits).numpy().mean().round(3), 'true', y[va].mean().round(3))

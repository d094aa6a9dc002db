from tensorflow import keras

from data import make_tickets
from network import build

model = build()
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-2),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),  # FAULT
    },
    loss_weights={"priority": 1.0, "department": 0.5},
)

x, y = make_tickets(500)
model.fit(x, y, epochs=3, batch_size=32, verbose=2)
xt, yt = make_tickets(100, seed=1)
print(model.evaluate(xt, yt, verbose=0, return_dict=True))

import keras


def make_model(shape, cfg):
    model = keras.Sequential(name="churn")
    model.add(keras.Input(shape=shape))
    for units in cfg.layers:
        model.add(keras.layers.Dense(units, activation=cfg.hidden_activation))
    model.add(keras.layers.Dense(**cfg.head))  # FAULT
    return model

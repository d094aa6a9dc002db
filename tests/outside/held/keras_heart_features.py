"""Structured data: strings, integers and floats into one model with preprocessing layers."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(1337)

# --- the frame ---------------------------------------------------------------------------
rng = np.random.default_rng(1337)
n = 900
df = pd.DataFrame(
    {
        "age": rng.integers(30, 80, n),
        "pressure": rng.normal(130, 18, n).round(),
        "cholesterol": rng.normal(240, 45, n).round(),
        "vessels": rng.integers(0, 4, n),
        "thal": rng.choice(["normal", "fixed", "reversible"], n, p=[0.55, 0.1, 0.35]),
    }
)
risk = (
    0.08 * (df["age"] - 55)
    + 0.03 * (df["pressure"] - 130)
    + 1.2 * (df["vessels"] - 1)
    + df["thal"].map({"normal": -1.2, "fixed": 0.3, "reversible": 1.5})
)
df["target"] = (risk + rng.normal(0, 0.7, n) > 0).astype("int64")
print(df.head())

val_df = df.sample(frac=0.2, random_state=1337)
train_df = df.drop(val_df.index)
print(f"Using {len(train_df)} samples for training and {len(val_df)} for validation")


def dataframe_to_dataset(dataframe):
    dataframe = dataframe.copy()
    labels = dataframe.pop("target")
    columns = {name: column.to_numpy().reshape(-1, 1) for name, column in dataframe.items()}
    columns["thal"] = columns["thal"].astype(str)
    for name in ("age", "pressure", "cholesterol"):
        columns[name] = columns[name].astype("float32")
    ds = tf.data.Dataset.from_tensor_slices((columns, labels.to_numpy()))
    return ds.shuffle(buffer_size=len(dataframe), seed=7)


train_ds = dataframe_to_dataset(train_df).batch(32)
val_ds = dataframe_to_dataset(val_df).batch(32)


# --- preprocessing -----------------------------------------------------------------------
def encode_numerical_feature(feature, name, dataset):
    normalizer = layers.Normalization()
    feature_ds = dataset.map(lambda x, y: x[name])
    normalizer.adapt(feature_ds)
    return normalizer(feature)


def encode_categorical_feature(feature, name, dataset, is_string):
    lookup_class = layers.StringLookup if is_string else layers.IntegerLookup
    lookup = lookup_class(output_mode="one_hot")
    feature_ds = dataset.map(lambda x, y: x[name])
    lookup.adapt(feature_ds)
    return lookup(feature)


age = keras.Input(shape=(1,), name="age")
pressure = keras.Input(shape=(1,), name="pressure")
cholesterol = keras.Input(shape=(1,), name="cholesterol")
vessels = keras.Input(shape=(1,), name="vessels", dtype="int64")
thal = keras.Input(shape=(1,), name="thal", dtype="string")
all_inputs = {"age": age, "pressure": pressure, "cholesterol": cholesterol, "vessels": vessels, "thal": thal}

all_features = layers.concatenate(
    [
        encode_numerical_feature(age, "age", train_ds),
        encode_numerical_feature(pressure, "pressure", train_ds),
        encode_numerical_feature(cholesterol, "cholesterol", train_ds),
        encode_categorical_feature(vessels, "vessels", train_ds, False),
        encode_categorical_feature(thal, "thal", train_ds, True),
    ]
)
x = layers.Dense(32, activation="relu")(all_features)
x = layers.Dropout(0.3)(x)
output = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(all_inputs, output)
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])

# --- training ----------------------------------------------------------------------------
model.fit(train_ds, epochs=8, validation_data=val_ds, verbose=2)

sample = {"age": 66.0, "pressure": 150.0, "cholesterol": 230.0, "vessels": 3, "thal": "fixed"}
input_dict = {name: tf.convert_to_tensor([[value]]) for name, value in sample.items()}
prediction = model(input_dict)
print(f"This patient had a {100 * float(prediction[0, 0]):.1f} percent probability of having a heart disease.")

"""Neural collaborative filtering on a fake implicit-feedback log."""
import argparse
import numpy as np
import keras
from keras.layers import Input, Embedding, Flatten, Concatenate, Dense, Multiply, Dropout
from keras.models import Model


def get_args():
    parser = argparse.ArgumentParser(description="NeuMF.")
    parser.add_argument('--epochs', type=int, default=6)
    parser.add_argument('--batch_size', type=int, default=64)
    parser.add_argument('--num_factors', type=int, default=8)
    parser.add_argument('--layers', nargs='+', type=int, default=[32, 16])
    parser.add_argument('--num_neg', type=int, default=2)
    parser.add_argument('--lr', type=float, default=0.02)
    return parser.parse_args()


def load_interactions(num_users=60, num_items=90, seed=0):
    rng = np.random.RandomState(seed)
    group_u, group_i = rng.randint(0, 3, num_users), rng.randint(0, 3, num_items)
    pos = []
    for u in range(num_users):
        liked = np.where(group_i == group_u[u])[0]
        for i in rng.choice(liked, 12, replace=False):
            pos.append((u, i))
    return num_users, num_items, pos


def get_train_instances(pos, num_items, num_negatives, seed=1):
    rng = np.random.RandomState(seed)
    seen = set(pos)
    data = []
    for (u, i) in pos:
        data.append((u, i, 1))
        for _ in range(num_negatives):
            j = rng.randint(num_items)
            while (u, j) in seen:
                j = rng.randint(num_items)
            data.append((u, j, 0))
    data = np.array(data)
    rng.shuffle(data)
    return data


def get_model(num_users, num_items, mf_dim, layers):
    user_input = Input(shape=(1,), dtype='int32', name='user_input')
    item_input = Input(shape=(1,), dtype='int32', name='item_input')

    mf_user_latent = Flatten()(Embedding(num_users, mf_dim, name='mf_embedding_user')(user_input))
    mf_item_latent = Flatten()(Embedding(num_items, mf_dim, name='mf_embedding_item')(item_input))
    mlp_user_latent = Flatten()(Embedding(num_users, layers[0] // 2, name='mlp_embedding_user')(user_input))
    mlp_item_latent = Flatten()(Embedding(num_items, layers[0] // 2, name='mlp_embedding_item')(item_input))

    mf_vector = Multiply()([mf_user_latent, mf_item_latent])
    mlp_vector = Concatenate()([mlp_user_latent, mlp_item_latent])
    for idx in range(1, len(layers)):
        mlp_vector = Dense(layers[idx], activation='relu', name="layer%d" % idx)(mlp_vector)
        mlp_vector = Dropout(0.1)(mlp_vector)

    predict_vector = Concatenate()([mf_vector, mlp_vector])
    prediction = Dense(1, activation='sigmoid', name="prediction")(predict_vector)
    return Model(inputs=[user_input, item_input], outputs=prediction)


if __name__ == '__main__':
    args = get_args()
    keras.utils.set_random_seed(7)
    num_users, num_items, pos = load_interactions()
    train = get_train_instances(pos, num_items, args.num_neg)
    n_val = len(train) // 10
    val, train = train[:n_val], train[n_val:]

    model = get_model(num_users, num_items, args.num_factors, args.layers)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=args.lr),
                  loss='binary_crossentropy', metrics=['accuracy', keras.metrics.AUC(name='auc')])
    hist = model.fit(train[:, :2],  # FAULT
                     train[:, 2],
                     batch_size=args.batch_size, epochs=args.epochs, verbose=2, shuffle=True)
    print('val', model.evaluate([val[:, 0], val[:, 1]], val[:, 2], verbose=0))

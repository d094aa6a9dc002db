"""All hyper-parameters in one place."""
import torch


class Config(object):
    # data
    num_train = 800
    num_valid = 200
    max_seq_len = 18
    vocab_min_freq = 1

    # model
    rnn_type = 'GRU'        # 'GRU' or 'LSTM'
    embedding_dim = 24
    hidden_size = 24
    attention_dim = 16
    dropout = 0.3
    num_classes = 3

    # training
    num_epochs = 6
    batch_size = 32
    learning_rate = 4e-3
    weight_decay = 1e-5
    max_grad_norm = 2.0
    seed = 2020
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

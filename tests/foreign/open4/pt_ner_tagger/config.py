class Config:
    emb_dim = 32
    hidden_dim = 40
    batch_size = 16
    epochs = 6
    lr = 5e-3
    pad_token = '<pad>'
    unk_token = '<unk>'
    pad_tag_id = -100
    seed = 42

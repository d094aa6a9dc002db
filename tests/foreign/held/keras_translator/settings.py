settings = dict(
    source_words=50,
    target_words=60,
    embedding=16,
    units=24,
    source_length=9,
    target_length=11,
    batch=8,
    epochs=1,
)

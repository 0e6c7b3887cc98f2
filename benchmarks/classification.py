"""Classification: how many a second by code and by message, and how long the playbooks take."""

import gc
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from remediation.catalogue.classifier import classify, matcher_of
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks import compiled, loader
from remediation.playbooks.entries import entries_of
from remediation.playbooks.library import Library

DATA = Path(__file__).parents[1] / "tests" / "data"
SECONDS = 1.0
TIMES = 9
CODES_AIM, MESSAGES_AIM, LOAD_AIM = 200_000, 5_000, 50.0


def measure() -> None:
    """Print the figures, each with its aim."""
    _loading()
    library = loader.load()
    codes = [Symptoms(code=code) for entry in library.entries.values() for code in entry.codes]
    rate = _rate(codes, lambda one: classify(library, one))
    print(f"classification by code: {rate:,.0f}/s; aim {CODES_AIM:,}")
    odd = [Symptoms(code=f" {one.code} (CRP)") for one in codes]
    print(f"  in odd spellings: {_rate(odd, lambda one: classify(library, one)):,.0f}/s")
    matcher_of(library)
    for name, texts in _mixtures().items():
        symptoms = [Symptoms(message=text) for text in texts]
        rate = _rate(symptoms, lambda one: classify(library, one))
        print(f"classification by message, {name}: {rate:,.0f}/s; aim {MESSAGES_AIM:,}")


def _loading() -> None:
    plain = _best(lambda: Library(entries_of(loader.checked(loader.SHIPPED))))
    compiled.write(loader.SHIPPED, loader.checked(loader.SHIPPED))
    quick = _best(loader.load)
    print(f"loading the playbooks: {quick:.0f} ms compiled; aim {LOAD_AIM:.0f} ({plain:.0f} plain)")
    print(f"  messages made ready on first use: {_best(lambda: matcher_of(loader.load())):.0f} ms")


def _mixtures() -> dict[str, list[str]]:
    """Return texts as they come in: many known, some worded otherwise, some unknown, some long."""
    chance = random.Random(0)
    lines = (DATA / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    known = [json.loads(line)["message"] for line in lines]
    lines = (DATA / "other-wordings.jsonl").read_text(encoding="utf-8").splitlines()
    other = [json.loads(line)["message"] for line in lines]
    strange = (DATA / "texts-not-ours.txt").read_text(encoding="utf-8").splitlines()
    fresh = itertools.count()

    def unseen(text: str) -> str:
        return f"{text} (VM 'vm-{next(fresh)}')"

    mixed = [
        *chance.choices(known, k=5_000),
        *map(unseen, chance.choices(known, k=2_000)),
        *map(unseen, chance.choices(other, k=1_500)),
        *map(unseen, chance.choices(strange, k=1_400)),
        *(unseen(" ".join(chance.choices(strange, k=30))) for _ in range(100)),
    ]
    chance.shuffle(mixed)
    return {"as they come": mixed, "none of them seen before": [unseen(text) for text in mixed]}


def _rate[T](values: list[T], do: Callable[[T], object]) -> float:
    """Return how many a second, in as many whole rounds as fill the time; the first is measured."""
    count, begun = 0, time.perf_counter()
    for batch in _batches(values):
        for value in batch:
            do(value)
        count += len(batch)
        if time.perf_counter() - begun > SECONDS:
            break
    return count / (time.perf_counter() - begun)


def _batches[T](values: list[T], size: int = 500) -> Iterator[list[T]]:
    for at in itertools.cycle(range(0, len(values), size)):
        yield values[at : at + size]


def _best(do: Callable[[], object]) -> float:
    """Return the milliseconds of the quickest run: the others were disturbed."""
    gc.collect()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1000

"""Metrics of an application, parsed."""

from collections.abc import Iterator

import httpx
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


class Metrics:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.size = len(text.encode())
        self._families = list(text_string_to_metric_families(text))
        self._samples = {
            (sample.name.removeprefix("videomoments_"), frozenset(sample.labels.items())): sample.value
            for family in self._families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return the sample with exactly these labels; 0 if it is missing."""
        return self._samples.get((name, frozenset(labels.items())), 0.0)

    def has(self, name: str) -> bool:
        return any(found == name for found, _ in self._samples)

    def labels(self, name: str, label: str) -> set[str]:
        """Return all values of a label."""
        return {
            value for found, labels in self._samples for key, value in labels if (found, key) == (name, label)
        }

    def sample_keys(self) -> set[tuple[str, Labels]]:
        return set(self._samples)

    def families(self) -> Iterator[str]:
        return (family.name for family in self._families)


async def scrape(client: httpx.AsyncClient, **headers: str) -> Metrics:
    response = await client.get("/metrics", headers=headers)
    assert response.status_code == 200, response.text
    return Metrics(response.text)

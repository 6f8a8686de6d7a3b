"""Limits wrong API keys, and wrong links and passwords of shares, per client address, with growing delays."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.client_access import client_network

logger = logging.getLogger(__name__)

FREE_FAILURES = 5
"""Wrong keys before the first delay."""
WINDOW_SECONDS = 60
"""Fewer failures are forgotten after this time."""
FIRST_DELAY_SECONDS = 2
MAX_DELAY_SECONDS = 60
FORGET_SECONDS = 600
"""Time without a failure after a delay until the next one starts small again."""
MAX_CLIENTS = 10_000
"""Addresses in the memory of a process."""
REDIS_SECONDS = 0.5
RETRY_SECONDS = 5.0
PREFIX = "videomoments:wrong-keys:"

# KEYS: counter. ARGV: free failures, window, first delay, maximum delay, time to forget.
# Returns the number of failures.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
local keep = ARGV[2]
if count >= tonumber(ARGV[1]) then
    keep = math.min(ARGV[3] * 2 ^ math.min(count - ARGV[1], 20), ARGV[4]) + ARGV[5]
end
redis.call('EXPIRE', KEYS[1], math.floor(keep))
return count
"""


@dataclass(slots=True)
class _Failures:
    count: int
    limited_until: float
    forget_at: float


class FailureLimiter:
    """Counts failures in Redis, shared by all processes, and in memory, which suffices without Redis.

    Only a failure asks Redis, so requests with the right key cost nothing, and each process learns of the
    others' failures with its next own one.
    """

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self._count = redis.register_script(_COUNT)
        self._clients: OrderedDict[str, _Failures] = OrderedDict()
        self._redis_failed_at = -math.inf

    def delay(self, client: str | None) -> float:
        """Return for how many seconds keys of this client are refused unread; 0 for most clients."""
        failures = self._clients.get(client_network(client))
        return max(0.0, failures.limited_until - time.monotonic()) if failures else 0.0

    async def add_failure(self, client: str | None) -> float:
        """Count a wrong key and return the delay that follows from it.

        Refused requests are not counted, so that waiting for the delay always suffices.
        """
        network = client_network(client)
        # In memory first: concurrent requests must find the delay while this one waits for Redis.
        failures = self._count_here(network)
        self._limit(failures, failures.count)
        shared = await self._count_in_redis(network)
        if shared > failures.count:
            self._limit(failures, shared)
        return self.delay(client)

    def _count_here(self, network: str) -> _Failures:
        now = time.monotonic()
        failures = self._clients.get(network)
        if failures is None or failures.forget_at <= now:
            failures = self._clients[network] = _Failures(0, now, now)
        failures.count += 1
        self._clients.move_to_end(network)
        if len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)
        return failures

    def _limit(self, failures: _Failures, count: int) -> None:
        failures.count = count
        delay = _delay_after(count)
        now = time.monotonic()
        failures.limited_until = max(failures.limited_until, now + delay)
        failures.forget_at = now + (delay + FORGET_SECONDS if delay else WINDOW_SECONDS)

    async def _count_in_redis(self, network: str) -> int:
        """Return the failures of all processes; 0 without Redis."""
        if time.monotonic() - self._redis_failed_at < RETRY_SECONDS:
            return 0
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return int(
                    await self._count(
                        keys=[self._prefix + network],
                        args=[
                            *(FREE_FAILURES, WINDOW_SECONDS),
                            *(FIRST_DELAY_SECONDS, MAX_DELAY_SECONDS, FORGET_SECONDS),
                        ],
                    )
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._redis_failed_at = time.monotonic()
            logger.warning("Failures of clients are counted in this process only: %s", error)
            return 0


def _delay_after(count: int) -> float:
    if count < FREE_FAILURES:
        return 0.0
    return min(FIRST_DELAY_SECONDS * 2.0 ** min(count - FREE_FAILURES, 20), MAX_DELAY_SECONDS)

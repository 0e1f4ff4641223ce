"""Prometheus metrics, one registry a server."""

import sys

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tellerbot.conversation.turns import TurnView

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The server's metrics: turns, their steps, requests and reloads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("tellerbot_turns", "Turns by what was decided.", ["kind"], registry=self.registry)
        self.steps = Histogram(
            "tellerbot_step_seconds",
            "Time of each step of a turn.",
            ["step"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.requests = Counter(
            "tellerbot_requests",
            "HTTP requests by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        # What a process holds in memory swings with its allocators; a leak shows here first.
        blocks = Gauge("tellerbot_python_blocks", "Blocks of memory that Python holds.", registry=self.registry)
        blocks.set_function(sys.getallocatedblocks)
        self.reloads = Counter("tellerbot_reloads", "Reloads by outcome.", ["outcome"], registry=self.registry)

    def observe(self, turn: TurnView) -> None:
        """Count a turn, and the seconds of its steps."""
        # Nothing is decided on a message to an agent.
        self.turns.labels(turn.kind or "agent").inc()
        for step in turn.trace:
            self.steps.labels(step.name).observe(step.ms / 1000)

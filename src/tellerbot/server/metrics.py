"""Prometheus metrics, one registry a server."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from tellerbot.conversation.turns import TurnView

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("tellerbot_turns", "Turns by what was decided.", ["kind"], registry=self.registry)
        self.steps = Histogram(
            "tellerbot_step_seconds",
            "Time of each step of a turn.",
            ["step"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.requests = Counter(
            "tellerbot_requests",
            "HTTP requests by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self.reloads = Counter("tellerbot_reloads", "Reloads by outcome.", ["outcome"], registry=self.registry)

    def observe(self, turn: TurnView) -> None:
        # Nothing is decided on a message to an agent.
        self.turns.labels(turn.kind or "agent").inc()
        for step in turn.trace:
            self.steps.labels(step.name).observe(step.ms / 1000)

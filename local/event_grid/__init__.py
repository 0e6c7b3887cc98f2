"""A small Event Grid: one topic, its subscriptions, retries and dead letters.

Here: the topic endpoint that ``azure-eventgrid`` publishes to, and at-least-once delivery to
webhooks and Storage queues on the clock of a simulated world. Not here: anything that knows what
the events mean. Undelivered events are kept in memory only: they end with the process.
"""

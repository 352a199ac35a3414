"""Drives the PyPI client `fluvio` the way a user's script would; prints one JSON value per line.

usage: client.py HOST:PORT COMMAND ARG...
"""

import json
import sys

from fluvio import (
    Compression,
    ConsumerConfig,
    ConsumerConfigExtBuilder,
    DeliverySemantic,
    Fluvio,
    FluvioAdmin,
    FluvioConfig,
    Isolation,
    Offset,
    OffsetManagementStrategy,
    SmartModuleKind,
    TopicProducerConfigBuilder,
    TopicSpec,
)


def show(value):
    print(json.dumps(value), flush=True)


def text(data):
    return bytearray(data).decode()


def records(stream, count):
    for _ in range(count):
        record = next(stream)
        key = record.key()
        yield {
            "offset": record.offset(),
            "key": text(key) if key else None,
            "value": text(record.value()),
            "partition": record.partition() if hasattr(record, "partition") else None,
        }


def admin(config, topic):
    api = FluvioAdmin.connect_with_config(config)
    api.create_topic(topic)
    show({"created": topic})
    show({"topics": sorted(t.name() for t in api.list_topics([]))})
    show({"filtered": sorted(t.name() for t in api.list_topics([topic]))})
    show({"partitions": sorted(p.name() for p in api.list_partitions([topic]))})
    show({"smartmodules": sorted(s.name() for s in api.list_smartmodules([]))})
    try:
        api.create_topic(topic)
        show({"again": "no error"})
    except Exception as error:
        show({"again": str(error)})
    api.delete_topic(topic)
    show({"deleted": topic})
    try:
        api.delete_topic(topic)
        show({"gone": "no error"})
    except Exception as error:
        show({"gone": str(error)})


def create_topic(config, topic):
    FluvioAdmin.connect_with_config(config).create_topic(topic)
    show({"created": topic})


def topic_options(config, topic):
    api = FluvioAdmin.connect_with_config(config)
    spec = TopicSpec.create().with_partitions(3).with_retention_time(3600).with_segment_size("10M").build()
    api.create_topic(topic, spec)
    show({"partitions": sorted(p.name() for p in api.list_partitions([]) if p.name().startswith(topic))})


def smartmodule_admin(config, name, path):
    api = FluvioAdmin.connect_with_config(config)
    api.create_smartmodule(name, path, False)
    show({"smartmodules": sorted(s.name() for s in api.list_smartmodules([]))})


def smartmodule_delete(config, name):
    api = FluvioAdmin.connect_with_config(config)
    api.delete_smartmodule(name)
    show({"smartmodules": sorted(s.name() for s in api.list_smartmodules([]))})


def produce(config, topic, *pairs):
    producer = Fluvio.connect_with_config(config).topic_producer(topic)
    outputs = []
    for pair in pairs:
        key, value = pair.split("=", 1)
        outputs.append(producer.send(key.encode(), value.encode()))
    producer.flush()
    for output in outputs:
        metadata = output.wait()
        show({"offset": metadata.offset(), "partition": metadata.partition_id()})


def produce_compressed(config, topic, algorithm, count):
    settings = (
        TopicProducerConfigBuilder()
        .batch_size(32768)
        .linger(20)
        .compression(getattr(Compression, "None_" if algorithm == "None" else algorithm))
        .isolation(Isolation.ReadCommitted)
        .delivery_semantic(DeliverySemantic.AtLeastOnce)
        .build()
    )
    producer = Fluvio.connect_with_config(config).topic_producer_with_config(topic, settings)
    for i in range(int(count)):
        producer.send_string("%s record %d %s" % (algorithm, i, "x" * 80))
    producer.flush()
    show("ok")


def consume(config, topic, count):
    consumer = Fluvio.connect_with_config(config).partition_consumer(topic, 0)
    for record in records(consumer.stream(Offset.beginning()), int(count)):
        show(record)


def consume_all(config, topic, count):
    settings = ConsumerConfigExtBuilder(topic)
    settings.offset_start(Offset.beginning())
    settings.disable_continuous(True)
    seen = 0
    for record in Fluvio.connect_with_config(config).consumer_with_config(settings.build()):
        seen += 1
    show({"seen": seen, "expected": int(count)})


def consume_with_module(config, topic, count, path, kind, *params):
    consumer = Fluvio.connect_with_config(config).partition_consumer(topic, 0)
    settings = ConsumerConfig()
    settings.smartmodule(path=path, kind=getattr(SmartModuleKind, kind), params=dict(p.split("=", 1) for p in params))
    for record in records(consumer.stream_with_config(Offset.beginning(), settings), int(count)):
        show(record)


def consume_case(config, topic, count, path, kind, case):
    """`case` is JSON: {"params": {...}, "accumulator": "..."}, both optional."""
    given = json.loads(case)
    consumer = Fluvio.connect_with_config(config).partition_consumer(topic, 0)
    settings = ConsumerConfig()
    accumulator = given.get("accumulator")
    settings.smartmodule(
        path=path,
        kind=getattr(SmartModuleKind, kind),
        params=given.get("params"),
        aggregate=None if accumulator is None else list(accumulator.encode()),
    )
    for record in records(consumer.stream_with_config(Offset.beginning(), settings), int(count)):
        show(record)


def consume_named(config, topic, count, name, kind):
    consumer = Fluvio.connect_with_config(config).partition_consumer(topic, 0)
    settings = ConsumerConfig()
    settings.smartmodule(name=name, kind=getattr(SmartModuleKind, kind))
    for record in records(consumer.stream_with_config(Offset.beginning(), settings), int(count)):
        show(record)


def offsets(config, topic, consumer_id, count):
    fluvio = Fluvio.connect_with_config(config)
    settings = ConsumerConfigExtBuilder(topic)
    settings.offset_start(Offset.beginning())
    settings.offset_strategy(OffsetManagementStrategy.MANUAL)
    settings.offset_consumer(consumer_id)
    stream = fluvio.consumer_with_config(settings.build())
    for record in records(stream, int(count)):
        show(record)
    stream.offset_commit()
    stream.offset_flush()
    show({"offsets": sorted([c.consumer_id, c.topic, c.partition, c.offset] for c in fluvio.consumer_offsets())})


def offsets_delete(config, topic, consumer_id):
    fluvio = Fluvio.connect_with_config(config)
    fluvio.delete_consumer_offset(consumer_id, topic, 0)
    show({"offsets": sorted([c.consumer_id, c.topic, c.partition, c.offset] for c in fluvio.consumer_offsets())})


COMMANDS = {
    "admin": admin,
    "create-topic": create_topic,
    "topic-options": topic_options,
    "smartmodule-create": smartmodule_admin,
    "smartmodule-delete": smartmodule_delete,
    "produce": produce,
    "produce-compressed": produce_compressed,
    "consume": consume,
    "consume-all": consume_all,
    "consume-sm": consume_with_module,
    "consume-case": consume_case,
    "consume-named": consume_named,
    "offsets": offsets,
    "offsets-delete": offsets_delete,
}

endpoint, command, *arguments = sys.argv[1:]
COMMANDS[command](FluvioConfig.new(endpoint), *arguments)

"""The checks of confluent-kafka for Python, that is of librdkafka. test/clients/program.ts says how it is called."""

import argparse
import base64
import json
import sys
import time
import traceback
import uuid

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TIMESTAMP_CREATE_TIME,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PARTITIONS = 3
TIMEOUT_S = 30


def report(**what):
    print(json.dumps(what), flush=True)


def expect_equal(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: wanted {wanted!r}, found {found!r}"[:2000])


def expect_error(what, code, body):
    try:
        body()
    except KafkaException as error:
        expect_equal(what, error.args[0].name(), code)
        return
    raise AssertionError(f"{what}: wanted {code}, found success")


def eventually(what, probe, timeout_s=TIMEOUT_S):
    end = time.monotonic() + timeout_s
    last = None
    while time.monotonic() < end:
        try:
            found = probe()
            if found:
                return found
        except KafkaException as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"wait for {what}: gave up after {timeout_s} s; last: {last}")


def load_corpus(file):
    """Records as (key, value, headers, timestamp), in order, per partition."""
    decode = lambda text: None if text is None else base64.b64decode(text)
    by_partition = {}
    with open(file, encoding="utf-8") as source:
        for record in json.load(source):
            headers = [(name, decode(value)) for name, value in record["headers"]]
            row = (decode(record["key"]), decode(record["value"]), headers, record["timestampMs"])
            by_partition.setdefault(record["partition"], []).append(row)
    return by_partition


def to_row(message):
    kind, timestamp_ms = message.timestamp()
    expect_equal("timestamp type", kind, TIMESTAMP_CREATE_TIME)
    return (message.key(), message.value(), message.headers() or [], timestamp_ms)


class Checks:
    def __init__(self, bootstrap, only):
        self.bootstrap = bootstrap
        self.only = only
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.names = 0

    def check(self, name, body):
        if self.only is not None and self.only not in f"confluent-kafka: {name}":
            return
        start = time.monotonic()
        outcome, reason = "passed", ""
        try:
            body()
        except Exception:
            outcome, reason = "failed", "".join(traceback.format_exc().splitlines(True)[-6:])
        report(check=name, outcome=outcome, seconds=time.monotonic() - start, reason=reason)

    def name(self, what):
        self.names += 1
        return f"confluent-{what}-{self.names}"

    def create(self, what, partitions=1, config=None):
        topic = self.name(what)
        new = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=config or {})
        self.admin.create_topics([new])[topic].result(TIMEOUT_S)
        return topic

    def producer(self, **config):
        return Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5, **config})

    def consumer(self, group=None, **config):
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group or str(uuid.uuid4()),
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
                "session.timeout.ms": 10_000,
                "heartbeat.interval.ms": 200,
                **config,
            }
        )

    def send(self, topic, rows, config=None):
        """Produces (partition, key, value, headers, timestamp) and wants every one acknowledged."""
        producer = self.producer(**(config or {}))
        errors = []
        delivered = []

        def on_delivery(error, message):
            if error is not None:
                errors.append(error)
            else:
                delivered.append((message.partition(), message.offset()))

        for partition, key, value, headers, timestamp_ms in rows:
            producer.produce(
                topic,
                partition=partition,
                key=key,
                value=value,
                headers=headers,
                timestamp=timestamp_ms,
                on_delivery=on_delivery,
            )
            producer.poll(0)
        left = producer.flush(TIMEOUT_S)
        if errors:
            raise KafkaException(errors[0])
        expect_equal("left in the queue", left, 0)
        return delivered

    def read_all(self, topic, partitions, count, **config):
        """Reads a topic from its start without a group: rows per partition, offsets checked to be consecutive."""
        consumer = self.consumer(**config)
        rows = {}
        try:
            consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
            end = time.monotonic() + TIMEOUT_S
            quiet_until = None
            found = 0
            while time.monotonic() < (quiet_until or end):
                message = consumer.poll(0.05)
                if message is None:
                    continue
                if message.error():
                    raise KafkaException(message.error())
                of_partition = rows.setdefault(message.partition(), [])
                expect_equal("offset", message.offset(), len(of_partition))
                of_partition.append(to_row(message))
                found += 1
                if found >= count:
                    quiet_until = time.monotonic() + 0.3
            expect_equal("count", found, count)
        finally:
            consumer.close()
        return rows

    def expect_corpus(self, topic, corpus):
        count = sum(len(rows) for rows in corpus.values())
        found = self.read_all(topic, PARTITIONS, count, **{"check.crcs": True})
        for partition, rows in corpus.items():
            for index, row in enumerate(rows):
                expect_equal(f"partition {partition}, record {index}", found[partition][index], row)


def produce_checks(checks, corpus):
    rows = [(partition, *row) for partition in corpus for row in corpus[partition]]

    def round_trip(topic, **config):
        checks.send(topic, rows, config)
        checks.expect_corpus(topic, corpus)

    def with_codec(codec):
        topic = checks.create(f"corpus-{codec}", PARTITIONS)
        round_trip(topic, acks="all", **{"compression.type": codec})
        report(corpusTopic=topic)

    for codec in CODECS:
        checks.check(f"produce and consume, {codec}", lambda codec=codec: with_codec(codec))
    for acks in (0, 1):
        checks.check(
            f"produce with acks={acks}",
            lambda acks=acks: round_trip(checks.create(f"acks{acks}", PARTITIONS), acks=acks),
        )

    def idempotent():
        topic = checks.create("idempotent", 2)
        many = [(number % 2, None, str(number).encode(), [], 0) for number in range(5000)]
        delivered = checks.send(
            topic, many, {"enable.idempotence": True, "batch.num.messages": 50, "linger.ms": 1}
        )
        wanted = sorted((partition, offset) for partition in range(2) for offset in range(2500))
        expect_equal("offsets delivered", sorted(delivered), wanted)
        found = checks.read_all(topic, 2, 5000)
        for partition in range(2):
            values = [int(row[1]) for row in found[partition]]
            expect_equal("in order", values, list(range(partition, 5000, 2)))

    checks.check("idempotent producer", idempotent)


def size_checks(checks):
    def big():
        usual = checks.create("big")
        wide = checks.create("wide", config={"max.message.bytes": "5000000"})
        allow = {"message.max.bytes": 8_000_000}
        checks.send(usual, [(0, None, b"x" * 1_000_000, [], 0)], allow)
        expect_error(
            "2 MB",
            "MSG_SIZE_TOO_LARGE",
            lambda: checks.send(usual, [(0, None, b"x" * 2_000_000, [], 0)], allow),
        )
        checks.send(wide, [(0, None, b"x" * 4_000_000, [], 0)], allow)
        # Bigger than what the consumer asks for: one whole batch comes all the same.
        rows = checks.read_all(wide, 1, 1, **{"fetch.message.max.bytes": 1000})
        expect_equal("size", len(rows[0][0][1]), 4_000_000)

    def many():
        topic = checks.create("many", 100)
        rows = [(partition, None, f"in {partition}".encode(), [], 0) for partition in range(100)]
        checks.send(topic, rows, {"enable.idempotence": True})
        found = checks.read_all(topic, 100, 100)
        texts = {partition: rows[0][1] for partition, rows in found.items()}
        expect_equal("one in each", texts, {p: f"in {p}".encode() for p in range(100)})

    def tombstones():
        topic = checks.create("tombstones", config={"cleanup.policy": "compact"})
        rows = [(0, b"key", b"value", [], 0), (0, b"key", None, [], 0)]
        checks.send(topic, rows)
        found = checks.read_all(topic, 1, 2)[0]
        expect_equal("value and tombstone", [row[1] for row in found], [b"value", None])
        expect_error(
            "no key in a compacted topic",
            "INVALID_RECORD",
            lambda: checks.send(topic, [(0, None, b"value", [], 0)]),
        )

    def auto_create():
        topic = checks.name("auto-created")
        checks.send(topic, [(0, None, b"first", [], 0)])
        expect_equal("value", checks.read_all(topic, 1, 1)[0][0][1], b"first")

    checks.check("big messages", big)
    checks.check("many partitions", many)
    checks.check("tombstones in a compacted topic", tombstones)
    checks.check("a topic is created by the first produce", auto_create)


class Member:
    """A consumer in a group that notes what it is assigned and what it reads."""

    def __init__(self, checks, group, topic, **config):
        self.consumer = checks.consumer(group, **config)
        self.assigned = set()
        self.rebalances = 0
        self.values = []
        self.consumer.subscribe(
            [topic], on_assign=self.on_assign, on_revoke=self.on_revoke, on_lost=self.on_revoke
        )

    def on_assign(self, _consumer, partitions):
        self.assigned |= {partition.partition for partition in partitions}
        self.rebalances += 1

    def on_revoke(self, _consumer, partitions):
        self.assigned -= {partition.partition for partition in partitions}
        self.rebalances += 1

    def poll(self, commit=True):
        message = self.consumer.poll(0.05)
        if message is None:
            return
        if message.error():
            raise KafkaException(message.error())
        self.values.append(int(message.value()))
        if commit:
            self.consumer.commit(message=message, asynchronous=False)

    def close(self):
        self.consumer.close()


def share(members, partitions=4):
    """Polls all members until they share the partitions evenly."""

    def even():
        for member in members:
            member.poll()
        every = sorted(partition for member in members for partition in member.assigned)
        each = {len(member.assigned) for member in members}
        return every == list(range(partitions)) and each == {partitions // len(members)}

    eventually("a balanced group", even)


def group_checks(checks):
    def numbers(start):
        return [(number % 4, None, str(number).encode(), [], 0) for number in range(start, start + 40)]

    def rebalance(**config):
        topic, group = checks.create("group", 4), checks.name("group")
        a = Member(checks, group, topic, **config)
        share([a])
        b = Member(checks, group, topic, **config)
        share([a, b])
        checks.send(topic, numbers(0))

        def read_forty():
            a.poll()
            b.poll()
            return len(a.values) + len(b.values) >= 40

        eventually("40 records", read_forty)
        expect_equal("each read its half", (len(a.values), len(b.values)), (20, 20))
        b.close()
        share([a])
        a.close()
        checks.send(topic, numbers(40))
        c = Member(checks, group, topic, **config)
        eventually("the rest", lambda: c.poll() or len(c.values) >= 40)
        c.close()
        expect_equal("every record once", sorted(a.values + b.values + c.values), list(range(80)))

    def static_member():
        topic, group = checks.create("static", 4), checks.name("static")
        a = Member(checks, group, topic, **{"group.instance.id": "a"})
        b = Member(checks, group, topic, **{"group.instance.id": "b"})
        share([a, b])
        before, rebalances = set(b.assigned), a.rebalances
        # librdkafka does not leave the group for a static member.
        b.close()
        again = Member(checks, group, topic, **{"group.instance.id": "b"})
        share([a, again])
        expect_equal("the same partitions", again.assigned, before)
        expect_equal("rebalances of the other member", a.rebalances, rebalances)
        usurper = Member(checks, group, topic, **{"group.instance.id": "b"})

        def fenced():
            usurper.poll()
            a.poll()
            try:
                again.poll()
            except KafkaException as error:
                return error.args[0].code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)
            return False

        eventually("the replaced member is fenced", fenced)
        for member in (a, again, usurper):
            member.close()

    checks.check("group of two members, rebalance, resume", rebalance)
    checks.check(
        "cooperative group of two members",
        lambda: rebalance(**{"partition.assignment.strategy": "cooperative-sticky"}),
    )
    checks.check("a static member comes back without a rebalance", static_member)


def offset_checks(checks, corpus):
    def by_time():
        topic = checks.create("times")
        rows = corpus[0]
        checks.send(topic, [(0, *row) for row in rows])
        consumer = checks.consumer()

        def at(timestamp_ms):
            [found] = consumer.offsets_for_times([TopicPartition(topic, 0, timestamp_ms)], TIMEOUT_S)
            return found.offset

        middle, last = rows[30][3], rows[-1][3]
        expect_equal("at its own time", at(middle), 30)
        expect_equal("a moment before", at(middle - 1), 30)
        expect_equal("a moment after", at(middle + 1), 31)
        expect_equal("after all", at(last + 1), -1)
        watermarks = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=TIMEOUT_S)
        expect_equal("watermarks", watermarks, (0, len(rows)))
        consumer.close()

        def listed(spec):
            partition = TopicPartition(topic, 0)
            futures = checks.admin.list_offsets({partition: spec}, request_timeout=TIMEOUT_S)
            return futures[partition].result().offset

        expect_equal("earliest", listed(OffsetSpec.earliest()), 0)
        expect_equal("latest", listed(OffsetSpec.latest()), len(rows))
        expect_equal("greatest timestamp", listed(OffsetSpec.max_timestamp()), len(rows) - 1)
        expect_equal("by time", listed(OffsetSpec.for_timestamp(middle)), 30)

    checks.check("offsets by time and at both ends", by_time)


def admin_checks(checks):
    admin = checks.admin

    def topics():
        topic = checks.create("admin", 2, {"cleanup.policy": "compact"})
        again = NewTopic(topic, num_partitions=2, replication_factor=1)
        expect_error(
            "again", "TOPIC_ALREADY_EXISTS", lambda: admin.create_topics([again])[topic].result()
        )
        expect_equal("listed", len(admin.list_topics(topic, TIMEOUT_S).topics[topic].partitions), 2)
        admin.create_partitions([NewPartitions(topic, 5)])[topic].result()
        eventually(
            "5 partitions",
            lambda: len(admin.list_topics(topic, TIMEOUT_S).topics[topic].partitions) == 5,
        )
        expect_error(
            "fewer partitions",
            "INVALID_PARTITIONS",
            lambda: admin.create_partitions([NewPartitions(topic, 3)])[topic].result(),
        )
        admin.delete_topics([topic])[topic].result()
        eventually("deleted", lambda: topic not in admin.list_topics(timeout=TIMEOUT_S).topics)
        expect_error(
            "delete again",
            "UNKNOWN_TOPIC_OR_PART",
            lambda: admin.delete_topics([topic])[topic].result(),
        )

    def describe():
        from confluent_kafka import TopicCollection

        topic = checks.create("describe", 3)
        future = admin.describe_topics(TopicCollection([topic]), request_timeout=TIMEOUT_S)[topic]
        described = future.result()
        expect_equal("partitions", [one.id for one in described.partitions], [0, 1, 2])
        cluster = admin.describe_cluster(request_timeout=TIMEOUT_S).result()
        leaders = {one.leader.id for one in described.partitions}
        expect_equal("leaders", leaders, {node.id for node in cluster.nodes})
        expect_equal("replicas", {len(one.replicas) for one in described.partitions}, {1})
        expect_equal("in sync", {len(one.isr) for one in described.partitions}, {1})
        expect_equal("a controller", cluster.controller.id in leaders, True)

    def configs():
        topic = checks.create("configs")
        resource = ConfigResource(ResourceType.TOPIC, topic)

        def read():
            return admin.describe_configs([resource])[resource].result(TIMEOUT_S)

        def alter(key, value, operation):
            entry = ConfigEntry(key, value, incremental_operation=operation)
            change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
            admin.incremental_alter_configs([change])[change].result(TIMEOUT_S)

        def expect_config(key, value, is_default):
            # A broker may learn of a change a moment after the controller has answered.
            def same():
                found = read()[key]
                return (found.value, found.is_default) == (value, is_default)

            eventually(f"{key}={value}", same)

        expect_config("retention.ms", "604800000", True)
        alter("retention.ms", "12345", AlterConfigOpType.SET)
        expect_config("retention.ms", "12345", False)
        alter("cleanup.policy", "compact", AlterConfigOpType.APPEND)
        expect_config("cleanup.policy", "delete,compact", False)
        alter("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT)
        expect_config("cleanup.policy", "compact", False)
        alter("retention.ms", None, AlterConfigOpType.DELETE)
        expect_config("retention.ms", "604800000", True)
        expect_error(
            "a bad value", "INVALID_CONFIG", lambda: alter("retention.ms", "x", AlterConfigOpType.SET)
        )
        [broker] = admin.list_topics(timeout=TIMEOUT_S).brokers
        of_broker = ConfigResource(ResourceType.BROKER, str(broker))
        config = admin.describe_configs([of_broker])[of_broker].result(TIMEOUT_S)
        expect_equal("broker config", config["group.initial.rebalance.delay.ms"].value, "0")

    def groups():
        topic, group = checks.create("offsets", 2), checks.name("admin-group")
        member = Member(checks, group, topic)
        share([member], 2)
        [found] = [g for g in admin.list_consumer_groups().result().valid if g.group_id == group]
        expect_equal("listed", (found.state.name, found.is_simple_consumer_group), ("STABLE", False))
        described = admin.describe_consumer_groups([group])[group].result()
        assigned = [tp.partition for tp in described.members[0].assignment.topic_partitions]
        expect_equal("described", (described.state.name, sorted(assigned)), ("STABLE", [0, 1]))
        delete = lambda: admin.delete_consumer_groups([group])[group].result()
        expect_error("delete a group with a member", "NON_EMPTY_GROUP", delete)
        member.close()
        moved = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 7)])
        admin.alter_consumer_group_offsets([moved])[group].result()
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0), TopicPartition(topic, 1)])
        offsets = admin.list_consumer_group_offsets([asked])[group].result().topic_partitions
        expect_equal("offsets", [tp.offset for tp in offsets], [7, -1001])
        delete()
        left = [g.group_id for g in admin.list_consumer_groups().result().valid]
        expect_equal("gone", group in left, False)

    def delete_records():
        topic = checks.create("delete-records")
        checks.send(topic, [(0, None, str(number).encode(), [], 0) for number in range(10)])
        partition = TopicPartition(topic, 0, 6)
        deleted = admin.delete_records([partition])[partition].result()
        expect_equal("low watermark", deleted.low_watermark, 6)
        consumer = checks.consumer()
        watermarks = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=TIMEOUT_S)
        expect_equal("watermarks", watermarks, (6, 10))
        # An offset that is gone: the consumer is told so and resets to the earliest.
        consumer.assign([TopicPartition(topic, 0, 2)])
        message = eventually("a record", lambda: consumer.poll(0.2))
        expect_equal("first left", (message.offset(), message.value()), (6, b"6"))
        consumer.close()

    def read_committed():
        topic = checks.create("committed")
        checks.send(topic, [(0, None, b"value", [], 0)])
        found = checks.read_all(topic, 1, 1, **{"isolation.level": "read_committed"})
        expect_equal("value", found[0][0][1], b"value")
        partition = TopicPartition(topic, 0)
        futures = admin.list_offsets(
            {partition: OffsetSpec.latest()}, isolation_level=IsolationLevel.READ_COMMITTED
        )
        expect_equal("last stable offset", futures[partition].result().offset, 1)

    checks.check("create, extend, delete a topic", topics)
    checks.check("describe topics and the cluster", describe)
    checks.check("set, append to and reset configs", configs)
    checks.check("list, describe, move and delete a group", groups)
    checks.check("delete records", delete_records)
    checks.check("read committed", read_committed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--only")
    parser.add_argument("--corpus")
    parser.add_argument("--read", nargs="*", default=[])
    options = parser.parse_args()
    checks = Checks(options.bootstrap, options.only)
    for pair in options.read:
        topic, file = pair.split("=", 1)
        checks.check(f"read {topic}", lambda: checks.expect_corpus(topic, load_corpus(file)))
    if options.corpus is not None:
        corpus = load_corpus(options.corpus)
        produce_checks(checks, corpus)
        size_checks(checks)
        group_checks(checks)
        offset_checks(checks, corpus)
        admin_checks(checks)
    return 0


sys.exit(main())

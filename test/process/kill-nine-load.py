"""
The load for kill-nine.ts: one idempotent producer (librdkafka, acks=all) that lives through every kill of the broker,
and the check of what the broker then has.

Each record says its partition, its number in that partition and the hash of its payload, so that the log alone shows
whether a record is missing, doubled, out of order or altered. Commands on stdin, one a line; answers on stdout, JSON:

    mark     the next acknowledgement is reported: {"acknowledgedAtMs"}
    state N  who leads partition N, and who is in sync: {"leader", "isr"}; -1 when there is no leader
    verify   reads what is new and the last records before it: {"verified", "acknowledged", "problems"}
    finish   stops producing, waits for everything, reads all partitions from their start: {"verified", ...}
"""

import argparse
import hashlib
import json
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PATIENCE_S = 60
#: records before the last verified one that every check reads again
OVERLAP = 200


def say(**what):
    print(json.dumps(what), flush=True)


def make_value(partition, number, rng):
    payload = rng.randbytes(rng.randrange(10, 400))
    digest = hashlib.sha1(payload).hexdigest()
    return b"%d:%d:%s:" % (partition, number, digest.encode()) + payload


def read_value(value):
    partition, number, digest, payload = value.split(b":", 3)
    intact = hashlib.sha1(payload).hexdigest() == digest.decode()
    return int(partition), int(number), digest.decode(), intact


class Load:
    """Produces at a bounded rate and keeps every acknowledgement."""

    def __init__(self, options):
        self.options = options
        self.topic = options.topic
        self.partitions = options.partitions
        self.produced = [0] * self.partitions
        #: per partition: number -> offset, as the broker acknowledged it (-1: acknowledged as a duplicate)
        self.acknowledged = [{} for _ in range(self.partitions)]
        self.failures = []
        self.marked = False
        self.stopping = False
        self.lock = threading.Lock()
        self.producer = Producer(
            {
                "bootstrap.servers": options.bootstrap,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 2,
                "batch.num.messages": 40,
                "message.timeout.ms": 0,
                "retries": 2147483647,
                "retry.backoff.ms": 10,
                "retry.backoff.max.ms": 20,
                "reconnect.backoff.ms": 5,
                "reconnect.backoff.max.ms": 20,
                "socket.timeout.ms": 10_000,
                "compression.type": options.compression,
            },
            logger=None,
        )
        self.thread = threading.Thread(target=self.produce, daemon=True)

    def on_delivery(self, error, message):
        partition, number, _, _ = read_value(message.value())
        if error is not None:
            self.failures.append(f"record {partition}:{number} was not delivered: {error}")
            return
        with self.lock:
            self.acknowledged[partition][number] = message.offset()
            if self.marked:
                self.marked = False
                say(acknowledgedAtMs=time.time() * 1000)

    def produce(self):
        rng = random.Random(self.options.seed)
        interval_s = 1 / self.options.rate
        due = time.monotonic()
        while not self.stopping:
            self.producer.poll(0)
            now = time.monotonic()
            # Nothing is added while much is unanswered: the broker is down.
            if now < due or len(self.producer) > 2000:
                self.producer.poll(0.002)
                continue
            due = max(due + interval_s, now - 0.1)
            partition = rng.randrange(self.partitions)
            value = make_value(partition, self.produced[partition], rng)
            self.produced[partition] += 1
            self.producer.produce(
                self.topic, value, partition=partition, on_delivery=self.on_delivery
            )

    def finish(self):
        self.stopping = True
        self.thread.join()
        left = self.producer.flush(PATIENCE_S)
        if left > 0:
            self.failures.append(f"{left} records were not answered within {PATIENCE_S} s")

    def snapshot(self):
        with self.lock:
            return [dict(of_partition) for of_partition in self.acknowledged]


class Check:
    """Reads the log and compares it with what was acknowledged and with what was read before."""

    def __init__(self, options, load):
        self.options = options
        self.load = load
        #: per partition: the digest of the record at each offset, as it was first seen
        self.seen = [[] for _ in range(options.partitions)]
        self.committed = None
        self.problems = []
        self.consumer = Consumer(
            {
                "bootstrap.servers": options.bootstrap,
                "group.id": "kill-nine",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "check.crcs": True,
                "fetch.wait.max.ms": 50,
                # It must not take the processor from a broker that starts.
                "reconnect.backoff.ms": 100,
                "reconnect.backoff.max.ms": 200,
                "log_level": 2,
            },
            logger=None,
        )

    def problem(self, text):
        if len(self.problems) < 20:
            self.problems.append(text)

    def retry(self, body):
        """Calls body until it works: the broker may just have come back."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return body()
            except KafkaException as error:
                if time.monotonic() > end:
                    raise
                self.last_error = error
                time.sleep(0.05)

    def run(self, from_start=False):
        """Checks everything that was acknowledged before this call."""
        acknowledged = self.load.snapshot()
        self.check_commit()
        verified = 0
        for partition in range(self.options.partitions):
            verified += self.check_partition(partition, acknowledged[partition], from_start)
        self.commit()
        return verified, sum(len(of_partition) for of_partition in acknowledged)

    def check_partition(self, partition, acknowledged, from_start):
        seen = self.seen[partition]
        start = 0 if from_start else max(0, len(seen) - OVERLAP)
        at = TopicPartition(self.load.topic, partition)
        low, high = self.retry(lambda: self.consumer.get_watermark_offsets(at, timeout=10))
        if low != 0:
            self.problem(f"partition {partition}: the log starts at {low}")
        if high < len(seen):
            self.problem(f"partition {partition}: {len(seen)} records were seen, now it ends at {high}")
        self.read(partition, start, high)
        for number, offset in acknowledged.items():
            # In order and without gaps or doubles, record n is at offset n.
            if number >= len(seen):
                self.problem(f"partition {partition}: record {number}, acknowledged at {offset}, is missing")
            elif offset not in (number, -1):
                self.problem(f"partition {partition}: record {number} was acknowledged at offset {offset}")
        return high - start

    def read(self, partition, start, high):
        if start >= high:
            return
        seen = self.seen[partition]
        self.consumer.assign([TopicPartition(self.load.topic, partition, start)])
        expected = start
        end = time.monotonic() + PATIENCE_S
        while expected < high:
            message = self.consumer.poll(1)
            if time.monotonic() > end:
                self.problem(f"partition {partition}: reading stopped at {expected} of {high}")
                return
            if message is None:
                continue
            if message.error():
                if message.error().retriable() or message.error().code() < 0:
                    continue
                self.problem(f"partition {partition}, offset {expected}: {message.error()}")
                return
            offset = message.offset()
            if offset != expected:
                self.problem(f"partition {partition}: wanted offset {expected}, found {offset}")
            of, number, digest, intact = read_value(message.value())
            where = f"partition {partition}, offset {offset}"
            if of != partition or not intact:
                self.problem(f"{where}: an altered record of partition {of}")
            if number != offset:
                self.problem(f"{where}: holds record {number}: missing, doubled or out of order")
            if offset < len(seen):
                if seen[offset] != digest:
                    self.problem(f"{where}: has two values")
            else:
                seen.append(digest)
            expected = offset + 1
        self.consumer.unassign()

    def state_of(self, partition):
        topics = self.retry(lambda: self.consumer.list_topics(self.load.topic, timeout=10)).topics
        return topics[self.load.topic].partitions[partition]

    def commit(self):
        topic = self.load.topic
        offsets = [TopicPartition(topic, p, len(seen)) for p, seen in enumerate(self.seen)]
        self.retry(lambda: self.consumer.commit(offsets=offsets, asynchronous=False))
        self.committed = [offset.offset for offset in offsets]

    def check_commit(self):
        if self.committed is None:
            return
        asked = [TopicPartition(self.load.topic, p) for p in range(self.options.partitions)]
        found = self.retry(lambda: self.consumer.committed(asked, timeout=10))
        offsets = [one.offset for one in found]
        if offsets != self.committed:
            self.problem(f"committed offsets: wanted {self.committed}, found {offsets}")


def create_topic(options):
    admin = AdminClient({"bootstrap.servers": options.bootstrap})
    config = {"segment.bytes": "1048576"}
    if options.replication > 1:
        config["min.insync.replicas"] = str(options.replication - 1)
        config["unclean.leader.election.enable"] = "false"
    topic = NewTopic(options.topic, options.partitions, options.replication, config=config)
    admin.create_topics([topic])[options.topic].result(PATIENCE_S)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", default="kill-nine")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--replication", type=int, default=1)
    parser.add_argument("--rate", type=int, default=3000, help="records a second at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compression", default="none")
    options = parser.parse_args()
    create_topic(options)
    load = Load(options)
    check = Check(options, load)
    load.thread.start()
    for line in sys.stdin:
        command = line.strip()
        if command == "mark":
            with load.lock:
                load.marked = True
            continue
        if command.startswith("state "):
            found = check.state_of(int(command.split()[1]))
            say(leader=found.leader, isr=sorted(found.isrs))
            continue
        if command == "finish":
            load.finish()
        verified, acknowledged = check.run(from_start=command == "finish")
        problems = check.problems + load.failures[:20]
        say(verified=verified, acknowledged=acknowledged, problems=problems)
        if command == "finish":
            break


main()

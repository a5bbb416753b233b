import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;

/**
 * An application on Apache Kafka's own client: one producer with its defaults (idempotent, acks=all) writes 0, 1, 2, ... to every partition; a
 * consumer group of two reads them and commits after every poll. Every exception that reaches the application, every failed send, and every record
 * that is missing, doubled or out of order is a problem.
 *
 * Arguments: bootstrap topic partitions group recordsPerSecond. Prints `acknowledged N consumed N problems N` a few times a second; on the
 * line `finish` it stops to produce, reads what is left, prints the problems, the longest time without an acknowledgement, and ends.
 */
public final class ClusterClient {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final String group;
    private final int rate;
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong consumed = new AtomicLong();
    private final AtomicLong lastAckNanos = new AtomicLong(-1);
    private final AtomicLong longestGapNanos = new AtomicLong();
    /** Per partition: the number that the group reads next. */
    private final AtomicLongArray next;
    private volatile boolean producing = true;
    private volatile boolean consuming = true;

    private ClusterClient(String[] args) {
        bootstrap = args[0];
        topic = args[1];
        partitions = Integer.parseInt(args[2]);
        group = args[3];
        rate = Integer.parseInt(args[4]);
        next = new AtomicLongArray(partitions);
    }

    public static void main(String[] args) throws Exception {
        new ClusterClient(args).run();
    }

    private void run() throws Exception {
        List<Thread> threads = new ArrayList<>();
        threads.add(started("consumer-1", this::consume));
        threads.add(started("consumer-2", this::consume));
        Thread producer = started("producer", this::produce);
        Thread reporter = new Thread(this::report);
        reporter.setDaemon(true);
        reporter.start();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        String line = input.readLine();
        while (line != null && !line.equals("finish")) line = input.readLine();
        producing = false;
        producer.join();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumed.get() < acknowledged.get() && System.nanoTime() < deadline) Thread.sleep(50);
        // Whatever is in a log beyond what was acknowledged comes now.
        Thread.sleep(1000);
        consuming = false;
        for (Thread thread : threads) thread.join();
        if (consumed.get() != acknowledged.get()) {
            problems.add("read " + consumed.get() + " of " + acknowledged.get() + " acknowledged records");
        }
        for (String problem : problems) System.out.println("problem: " + problem);
        System.out.println("longest gap ms: " + longestGapNanos.get() / 1_000_000);
        progress();
        System.out.println("finished");
        System.exit(0);
    }

    private Thread started(String name, ThrowingRunnable body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (Throwable error) {
                problems.add(name + " ended: " + error);
            }
        }, name);
        thread.start();
        return thread;
    }

    private void produce() throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "linger.ms", 5);
        try (KafkaProducer<Long, Long> producer =
                new KafkaProducer<>(config, new LongSerializer(), new LongSerializer())) {
            long startedNanos = System.nanoTime();
            for (long number = 0; producing; number++) {
                for (int partition = 0; partition < partitions; partition++) {
                    send(producer, partition, number);
                }
                long dueNanos = startedNanos + (number + 1) * partitions * 1_000_000_000L / rate;
                long waitMs = (dueNanos - System.nanoTime()) / 1_000_000;
                if (waitMs > 0) Thread.sleep(waitMs);
            }
            producer.flush();
        }
    }

    private void send(KafkaProducer<Long, Long> producer, int partition, long number) {
        producer.send(new ProducerRecord<>(topic, partition, (long) partition, number), (metadata, error) -> {
            if (error != null) {
                problems.add("send " + number + " to partition " + partition + ": " + error);
                return;
            }
            if (metadata.offset() != number) {
                problems.add("record " + number + " of partition " + partition + " has offset " + metadata.offset());
            }
            acknowledged.incrementAndGet();
            long now = System.nanoTime();
            long last = lastAckNanos.getAndSet(now);
            if (last >= 0) longestGapNanos.accumulateAndGet(now - last, Math::max);
        });
    }

    private void consume() {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", bootstrap,
            "group.id", group,
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false);
        try (KafkaConsumer<Long, Long> consumer =
                new KafkaConsumer<>(config, new LongDeserializer(), new LongDeserializer())) {
            consumer.subscribe(List.of(topic), new Listener());
            while (consuming) {
                boolean any = false;
                for (ConsumerRecord<Long, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    check(record);
                    any = true;
                }
                if (any) consumer.commitSync();
            }
        }
    }

    private void check(ConsumerRecord<Long, Long> record) {
        long wanted = next.getAndSet(record.partition(), record.value() + 1);
        if (record.value() != wanted) {
            problems.add("partition " + record.partition() + ": wanted " + wanted + ", read " + record.value()
                + " at offset " + record.offset());
        }
        consumed.incrementAndGet();
    }

    /** Partitions that are lost, not handed over, would be read anew from the last commit. */
    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            System.out.println(Thread.currentThread().getName() + " has " + assigned.size());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {}

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            problems.add(Thread.currentThread().getName() + " lost " + lost);
        }
    }

    private void report() {
        while (true) {
            progress();
            try {
                Thread.sleep(200);
            } catch (InterruptedException error) {
                return;
            }
        }
    }

    private void progress() {
        System.out.println("acknowledged " + acknowledged.get() + " consumed " + consumed.get()
            + " problems " + problems.size());
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (c *checks) produceChecks(corpus []record) {
	codecs := []struct {
		name  string
		codec kgo.CompressionCodec
	}{
		{"none", kgo.NoCompression()},
		{"gzip", kgo.GzipCompression()},
		{"snappy", kgo.SnappyCompression()},
		{"lz4", kgo.Lz4Compression()},
		{"zstd", kgo.ZstdCompression()},
	}
	roundTrip := func(ctx context.Context, what string, options ...kgo.Opt) (string, error) {
		topic, err := c.create(ctx, what, partitions, nil)
		if err != nil {
			return topic, err
		}
		if err := c.send(ctx, topic, corpus, options...); err != nil {
			return topic, err
		}
		return topic, c.expectCorpus(ctx, topic, corpus)
	}
	for _, one := range codecs {
		c.check("produce and consume, "+one.name, func(ctx context.Context) error {
			topic, err := roundTrip(ctx, "corpus-"+one.name, kgo.ProducerBatchCompression(one.codec))
			if err == nil {
				report(map[string]any{"corpusTopic": topic})
			}
			return err
		})
	}
	for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck()} {
		name := map[kgo.Acks]string{kgo.NoAck(): "acks0", kgo.LeaderAck(): "acks1"}[acks]
		c.check("produce with "+name, func(ctx context.Context) error {
			_, err := roundTrip(ctx, name, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
			return err
		})
	}
	c.check("idempotent producer in order", c.idempotent)
}

// idempotent sends many small batches, several in flight, and wants each record once and in order.
func (c *checks) idempotent(ctx context.Context) error {
	topic, err := c.create(ctx, "idempotent", 2, nil)
	if err != nil {
		return err
	}
	const count = 5000
	records := make([]record, count)
	for i := range records {
		records[i] = record{Partition: int32(i % 2), Value: []byte(strconv.Itoa(i))}
	}
	if err := c.send(ctx, topic, records, kgo.ProducerBatchMaxBytes(2000), kgo.ProducerLinger(time.Millisecond)); err != nil {
		return err
	}
	rows, err := c.readAll(ctx, topic, count)
	if err != nil {
		return err
	}
	for partition, of := range rows {
		for i, one := range of {
			if err := expectEqual("value", string(one.Value), strconv.Itoa(2*i+int(partition))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checks) sizeChecks() {
	c.check("big messages", func(ctx context.Context) error {
		usual, err := c.create(ctx, "big", 1, nil)
		if err != nil {
			return err
		}
		limit := "5000000"
		wide, err := c.create(ctx, "wide", 1, map[string]*string{"max.message.bytes": &limit})
		if err != nil {
			return err
		}
		send := func(topic string, size int) error {
			one := []record{{Value: make([]byte, size)}}
			return c.send(ctx, topic, one, kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
		}
		if err := send(usual, 1_000_000); err != nil {
			return err
		}
		if err := send(usual, 2_000_000); !errors.Is(err, kerr.MessageTooLarge) {
			return fmt.Errorf("2 MB: wanted MESSAGE_TOO_LARGE, found %v", err)
		}
		if err := send(wide, 4_000_000); err != nil {
			return err
		}
		rows, err := c.readAll(ctx, wide, 1, kgo.FetchMaxPartitionBytes(1000), kgo.FetchMaxBytes(1000))
		if err != nil {
			return err
		}
		return expectEqual("size", len(rows[0][0].Value), 4_000_000)
	})
	c.check("many partitions", func(ctx context.Context) error {
		const count = 100
		topic, err := c.create(ctx, "many", count, nil)
		if err != nil {
			return err
		}
		records := make([]record, count)
		for i := range records {
			records[i] = record{Partition: int32(i), Value: []byte(strconv.Itoa(i))}
		}
		if err := c.send(ctx, topic, records); err != nil {
			return err
		}
		rows, err := c.readAll(ctx, topic, count)
		if err != nil {
			return err
		}
		for partition, of := range rows {
			if err := expectEqual("value", string(of[0].Value), strconv.Itoa(int(partition))); err != nil {
				return err
			}
		}
		return expectEqual("partitions", len(rows), count)
	})
}

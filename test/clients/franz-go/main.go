// The checks of franz-go; test/clients/program.ts says how this program is called.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 3
	patience   = 30 * time.Second
)

// record is one record of the corpus; a nil slice is Kafka's null.
type record struct {
	Partition   int32
	Key         []byte
	Value       []byte
	Headers     []header
	TimestampMs int64
}

type header struct {
	name  string
	value []byte
}

// UnmarshalJSON reads a header as the pair [name, base64 or null].
func (h *header) UnmarshalJSON(text []byte) error {
	var value *[]byte
	if err := json.Unmarshal(text, &[]any{&h.name, &value}); err != nil {
		return err
	}
	if value != nil {
		h.value = *value
	}
	return nil
}

func loadCorpus(file string) ([]record, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var records []record
	return records, json.Unmarshal(text, &records)
}

// checks runs checks against one broker and reports each on stdout.
type checks struct {
	bootstrap string
	only      string
	client    *kgo.Client
	admin     *kadm.Client
	names     int
}

func report(what map[string]any) {
	line, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func (c *checks) check(name string, body func(ctx context.Context) error) {
	if !strings.Contains("franz-go: "+name, c.only) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	start := time.Now()
	outcome, reason := "passed", ""
	if err := body(ctx); err != nil {
		outcome, reason = "failed", err.Error()
	}
	report(map[string]any{
		"check":   name,
		"outcome": outcome,
		"seconds": time.Since(start).Seconds(),
		"reason":  reason,
	})
}

func (c *checks) name(what string) string {
	c.names++
	return fmt.Sprintf("franz-%s-%d", what, c.names)
}

func (c *checks) create(ctx context.Context, what string, count int32, configs map[string]*string) (string, error) {
	topic := c.name(what)
	_, err := c.admin.CreateTopic(ctx, count, 1, configs, topic)
	return topic, err
}

// open makes a client with options of its own.
func (c *checks) open(options ...kgo.Opt) (*kgo.Client, error) {
	all := []kgo.Opt{
		kgo.SeedBrokers(c.bootstrap),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.MetadataMinAge(100 * time.Millisecond),
	}
	return kgo.NewClient(append(all, options...)...)
}

func (c *checks) send(ctx context.Context, topic string, records []record, options ...kgo.Opt) error {
	client, err := c.open(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	batch := make([]*kgo.Record, len(records))
	for i, one := range records {
		batch[i] = &kgo.Record{
			Topic: topic, Partition: one.Partition, Key: one.Key, Value: one.Value,
		}
		if one.TimestampMs != 0 {
			batch[i].Timestamp = time.UnixMilli(one.TimestampMs)
		}
		for _, h := range one.Headers {
			batch[i].Headers = append(batch[i].Headers, kgo.RecordHeader{Key: h.name, Value: h.value})
		}
	}
	return client.ProduceSync(ctx, batch...).FirstErr()
}

// readAll reads a topic from its start, wants consecutive offsets, and waits a moment for what is too many.
func (c *checks) readAll(ctx context.Context, topic string, count int, options ...kgo.Opt) (map[int32][]*kgo.Record, error) {
	start := kgo.ConsumeStartOffset(kgo.NewOffset().AtStart())
	client, err := c.open(append(options, kgo.ConsumeTopics(topic), start)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	rows := map[int32][]*kgo.Record{}
	found := 0
	for end := time.Now().Add(patience); time.Now().Before(end); {
		poll, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		fetches := client.PollFetches(poll)
		quiet := poll.Err() != nil
		cancel()
		if err := fetches.Err(); err != nil && !quiet {
			return nil, err
		}
		fetches.EachRecord(func(one *kgo.Record) {
			rows[one.Partition] = append(rows[one.Partition], one)
			found++
		})
		if quiet && found >= count {
			break
		}
	}
	if found != count {
		return nil, fmt.Errorf("%s: wanted %d records, found %d", topic, count, found)
	}
	for partition, of := range rows {
		for i, one := range of {
			if one.Offset-of[0].Offset != int64(i) {
				return nil, fmt.Errorf("partition %d: offset %d at index %d", partition, one.Offset, i)
			}
		}
	}
	return rows, nil
}

func (c *checks) expectCorpus(ctx context.Context, topic string, corpus []record) error {
	rows, err := c.readAll(ctx, topic, len(corpus))
	if err != nil {
		return err
	}
	next := map[int32]int{}
	for _, wanted := range corpus {
		index := next[wanted.Partition]
		next[wanted.Partition]++
		found := rows[wanted.Partition]
		where := fmt.Sprintf("partition %d, record %d", wanted.Partition, index)
		if index >= len(found) {
			return fmt.Errorf("%s: missing", where)
		}
		if err := expectSame(where, found[index], wanted); err != nil {
			return err
		}
	}
	return nil
}

func expectSame(where string, found *kgo.Record, wanted record) error {
	same := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	if !same(found.Key, wanted.Key) {
		return fmt.Errorf("%s: key: wanted %x, found %x", where, wanted.Key, found.Key)
	}
	if !same(found.Value, wanted.Value) {
		return fmt.Errorf("%s: value: wanted %.80x, found %.80x", where, wanted.Value, found.Value)
	}
	if found.Timestamp.UnixMilli() != wanted.TimestampMs {
		return fmt.Errorf("%s: timestamp: wanted %d, found %v", where, wanted.TimestampMs, found.Timestamp)
	}
	if len(found.Headers) != len(wanted.Headers) {
		return fmt.Errorf("%s: wanted %d headers, found %d", where, len(wanted.Headers), len(found.Headers))
	}
	for i, h := range wanted.Headers {
		if found.Headers[i].Key != h.name || !same(found.Headers[i].Value, h.value) {
			return fmt.Errorf("%s: header %d: wanted %s=%x, found %v", where, i, h.name, h.value, found.Headers[i])
		}
	}
	return nil
}

func expectEqual[T comparable](what string, found, wanted T) error {
	if found != wanted {
		return fmt.Errorf("%s: wanted %v, found %v", what, wanted, found)
	}
	return nil
}

// eventually asks again until probe says yes.
func eventually(ctx context.Context, what string, probe func() (bool, error)) error {
	end := time.Now().Add(patience)
	var last error
	for time.Now().Before(end) && ctx.Err() == nil {
		done, err := probe()
		if done {
			return nil
		}
		last = err
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("wait for %s: gave up; last: %v", what, last)
}

func main() {
	bootstrap := flag.String("bootstrap", "", "HOST:PORT")
	only := flag.String("only", "", "part of the names of the checks to run")
	corpusFile := flag.String("corpus", "", "the corpus to write")
	read := flag.Bool("read", false, "read the topics TOPIC=FILE that follow")
	flag.Parse()
	client, err := kgo.NewClient(kgo.SeedBrokers(*bootstrap), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		panic(err)
	}
	defer client.Close()
	c := &checks{bootstrap: *bootstrap, only: *only, client: client, admin: kadm.NewClient(client)}
	if *read {
		for _, pair := range flag.Args() {
			topic, file, _ := strings.Cut(pair, "=")
			c.check("read "+topic, func(ctx context.Context) error {
				corpus, err := loadCorpus(file)
				if err != nil {
					return err
				}
				return c.expectCorpus(ctx, topic, corpus)
			})
		}
		return
	}
	corpus, err := loadCorpus(*corpusFile)
	if err != nil {
		panic(err)
	}
	c.produceChecks(corpus)
	c.sizeChecks()
	c.groupChecks()
	c.offsetChecks(corpus)
	c.adminChecks()
}

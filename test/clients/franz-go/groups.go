package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// member consumes in a group and notes what it was assigned, what it read and what went wrong.
type member struct {
	client *kgo.Client
	done   sync.WaitGroup
	cancel context.CancelFunc

	mu       sync.Mutex
	assigned map[int32]bool
	changes  int
	values   []int
	errs     []error
}

func (c *checks) join(group, topic string, options ...kgo.Opt) (*member, error) {
	m := &member{assigned: map[int32]bool{}}
	change := func(to bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, of map[string][]int32) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.changes++
			for _, partition := range of[topic] {
				m.assigned[partition] = to
			}
		}
	}
	all := []kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(10 * time.Second),
		kgo.HeartbeatInterval(200 * time.Millisecond),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(change(true)),
		kgo.OnPartitionsRevoked(change(false)),
		kgo.OnPartitionsLost(change(false)),
	}
	client, err := c.open(append(all, options...)...)
	if err != nil {
		return nil, err
	}
	m.client = client
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.done.Add(1)
	go m.consume(ctx)
	return m, nil
}

func (m *member) consume(ctx context.Context) {
	defer m.done.Done()
	for ctx.Err() == nil {
		fetches := m.client.PollFetches(ctx)
		if fetches.IsClientClosed() || ctx.Err() != nil {
			return
		}
		m.mu.Lock()
		fetches.EachError(func(_ string, _ int32, err error) { m.errs = append(m.errs, err) })
		fetches.EachRecord(func(one *kgo.Record) {
			value, _ := strconv.Atoi(string(one.Value))
			m.values = append(m.values, value)
		})
		m.mu.Unlock()
		if err := m.client.CommitRecords(ctx, fetches.Records()...); err != nil && ctx.Err() == nil {
			m.mu.Lock()
			m.errs = append(m.errs, err)
			m.mu.Unlock()
		}
	}
}

// close ends the member; a static one stays in the group.
func (m *member) close() {
	m.cancel()
	m.done.Wait()
	m.client.Close()
}

func (m *member) partitions() []int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var held []int32
	for partition, holds := range m.assigned {
		if holds {
			held = append(held, partition)
		}
	}
	slices.Sort(held)
	return held
}

func (m *member) read() []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.values)
}

// share waits until the members hold four partitions evenly.
func share(ctx context.Context, members ...*member) error {
	return eventually(ctx, "a balanced group", func() (bool, error) {
		var all []int32
		for _, m := range members {
			held := m.partitions()
			if len(held) != 4/len(members) {
				return false, fmt.Errorf("a member holds %v", held)
			}
			all = append(all, held...)
		}
		slices.Sort(all)
		return slices.Equal(all, []int32{0, 1, 2, 3}), fmt.Errorf("held: %v", all)
	})
}

func (c *checks) groupChecks() {
	c.check("group of two members, rebalance, resume", func(ctx context.Context) error {
		return c.rebalance(ctx, kgo.Balancers(kgo.RangeBalancer()))
	})
	c.check("cooperative group of two members", func(ctx context.Context) error {
		return c.rebalance(ctx, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	})
	c.check("a static member comes back without a rebalance", c.staticMember)
}

func (c *checks) rebalance(ctx context.Context, balancer kgo.Opt) error {
	topic, err := c.create(ctx, "group", 4, nil)
	if err != nil {
		return err
	}
	group := c.name("group")
	sendForty := func(from int) error {
		records := make([]record, 40)
		for i := range records {
			records[i] = record{Partition: int32(i % 4), Value: []byte(strconv.Itoa(from + i))}
		}
		return c.send(ctx, topic, records)
	}
	a, err := c.join(group, topic, balancer)
	if err != nil {
		return err
	}
	defer a.close()
	if err := share(ctx, a); err != nil {
		return err
	}
	b, err := c.join(group, topic, balancer)
	if err != nil {
		return err
	}
	defer b.close()
	if err := share(ctx, a, b); err != nil {
		return err
	}
	if err := sendForty(0); err != nil {
		return err
	}
	count := func(wanted int, members ...*member) error {
		return eventually(ctx, fmt.Sprintf("%d records", wanted), func() (bool, error) {
			sum := 0
			for _, m := range members {
				sum += len(m.read())
			}
			return sum >= wanted, fmt.Errorf("found %d", sum)
		})
	}
	if err := count(40, a, b); err != nil {
		return err
	}
	if len(a.read()) != 20 {
		return fmt.Errorf("each read its half: found %d and %d", len(a.read()), len(b.read()))
	}
	time.Sleep(200 * time.Millisecond)
	b.close()
	if err := share(ctx, a); err != nil {
		return err
	}
	a.close()
	if err := sendForty(40); err != nil {
		return err
	}
	d, err := c.join(group, topic, balancer)
	if err != nil {
		return err
	}
	defer d.close()
	if err := count(40, d); err != nil {
		return err
	}
	all := slices.Concat(a.read(), b.read(), d.read())
	slices.Sort(all)
	for i, value := range all {
		if i != value {
			return fmt.Errorf("every record once: found %v", all)
		}
	}
	return expectEqual("records", len(all), 80)
}

func (c *checks) staticMember(ctx context.Context) error {
	topic, err := c.create(ctx, "static", 4, nil)
	if err != nil {
		return err
	}
	group := c.name("static")
	join := func(id string) (*member, error) {
		return c.join(group, topic, kgo.InstanceID(id), kgo.Balancers(kgo.RangeBalancer()))
	}
	a, err := join("a")
	if err != nil {
		return err
	}
	defer a.close()
	b, err := join("b")
	if err != nil {
		return err
	}
	if err := share(ctx, a, b); err != nil {
		return err
	}
	before, changes := b.partitions(), a.changes
	b.close()
	again, err := join("b")
	if err != nil {
		return err
	}
	defer again.close()
	if err := share(ctx, a, again); err != nil {
		return err
	}
	if !slices.Equal(before, again.partitions()) {
		return fmt.Errorf("the same partitions: wanted %v, found %v", before, again.partitions())
	}
	if err := expectEqual("changes of the other member", a.changes, changes); err != nil {
		return err
	}
	usurper, err := join("b")
	if err != nil {
		return err
	}
	defer usurper.close()
	return eventually(ctx, "the replaced member is fenced", func() (bool, error) {
		again.mu.Lock()
		defer again.mu.Unlock()
		for _, err := range again.errs {
			if errors.Is(err, kerr.FencedInstanceID) {
				return true, nil
			}
		}
		return false, fmt.Errorf("errors: %v", again.errs)
	})
}

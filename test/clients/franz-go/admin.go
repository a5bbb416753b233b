package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (c *checks) offsetChecks(corpus []record) {
	c.check("offsets by time and at both ends", func(ctx context.Context) error {
		topic, err := c.create(ctx, "times", 1, nil)
		if err != nil {
			return err
		}
		var records []record
		for _, one := range corpus {
			if one.Partition == 0 {
				records = append(records, one)
			}
		}
		if err := c.send(ctx, topic, records); err != nil {
			return err
		}
		middle, last := records[30].TimestampMs, records[len(records)-1].TimestampMs
		for _, one := range []struct {
			what   string
			list   func() (kadm.ListedOffsets, error)
			wanted int
		}{
			{"at its own time", func() (kadm.ListedOffsets, error) { return c.admin.ListOffsetsAfterMilli(ctx, middle, topic) }, 30},
			{"a moment before", func() (kadm.ListedOffsets, error) { return c.admin.ListOffsetsAfterMilli(ctx, middle-1, topic) }, 30},
			{"a moment after", func() (kadm.ListedOffsets, error) { return c.admin.ListOffsetsAfterMilli(ctx, middle+1, topic) }, 31},
			{"after all", func() (kadm.ListedOffsets, error) { return c.admin.ListOffsetsAfterMilli(ctx, last+1, topic) }, len(records)},
			{"start", func() (kadm.ListedOffsets, error) { return c.admin.ListStartOffsets(ctx, topic) }, 0},
			{"end", func() (kadm.ListedOffsets, error) { return c.admin.ListEndOffsets(ctx, topic) }, len(records)},
			{"committed", func() (kadm.ListedOffsets, error) { return c.admin.ListCommittedOffsets(ctx, topic) }, len(records)},
			{"greatest timestamp", func() (kadm.ListedOffsets, error) { return c.admin.ListMaxTimestampOffsets(ctx, topic) }, len(records) - 1},
			{"local start", func() (kadm.ListedOffsets, error) { return c.admin.ListLocalLogStartOffsets(ctx, topic) }, 0},
		} {
			listed, err := one.list()
			if err != nil {
				return fmt.Errorf("%s: %w", one.what, err)
			}
			found, _ := listed.Lookup(topic, 0)
			if found.Err != nil {
				return fmt.Errorf("%s: %w", one.what, found.Err)
			}
			if err := expectEqual(one.what, found.Offset, int64(one.wanted)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *checks) adminChecks() {
	c.check("create, extend, delete a topic", c.topics)
	c.check("set, append to and reset configs", c.configs)
	c.check("list, describe, move and delete a group", c.groups)
	c.check("delete records", c.deleteRecords)
	c.check("describe log directories and producers", c.describe)
}

func wantError(what string, found, wanted error) error {
	if errors.Is(found, wanted) {
		return nil
	}
	return fmt.Errorf("%s: wanted %v, found %v", what, wanted, found)
}

func (c *checks) topics(ctx context.Context) error {
	compact := "compact"
	topic, err := c.create(ctx, "admin", 2, map[string]*string{"cleanup.policy": &compact})
	if err != nil {
		return err
	}
	_, err = c.admin.CreateTopic(ctx, 2, 1, nil, topic)
	if err := wantError("again", err, kerr.TopicAlreadyExists); err != nil {
		return err
	}
	listed, err := c.admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	details := listed[topic]
	if details.ID == (kadm.TopicID{}) {
		return errors.New("the topic has no id")
	}
	for _, partition := range details.Partitions {
		if partition.Leader < 0 || len(partition.Replicas) != 1 || !slices.Equal(partition.Replicas, partition.ISR) {
			return fmt.Errorf("partition: found %+v", partition)
		}
	}
	if err := expectEqual("partitions", len(details.Partitions), 2); err != nil {
		return err
	}
	extended, err := c.admin.UpdatePartitions(ctx, 5, topic)
	if err == nil {
		err = extended.Error()
	}
	if err != nil {
		return err
	}
	if err := eventually(ctx, "5 partitions", func() (bool, error) {
		listed, err := c.admin.ListTopics(ctx, topic)
		return len(listed[topic].Partitions) == 5, err
	}); err != nil {
		return err
	}
	if _, err := c.admin.DeleteTopic(ctx, topic); err != nil {
		return err
	}
	return eventually(ctx, "deletion", func() (bool, error) {
		listed, err := c.admin.ListTopics(ctx)
		return err == nil && !listed.Has(topic), err
	})
}

func (c *checks) configs(ctx context.Context) error {
	topic, err := c.create(ctx, "configs", 1, nil)
	if err != nil {
		return err
	}
	// A broker may learn of a change a moment after the controller has answered.
	expectValue := func(what, key, wanted, source string) error {
		return eventually(ctx, what, func() (bool, error) {
			described, err := c.admin.DescribeTopicConfigs(ctx, topic)
			if err != nil {
				return false, err
			}
			for _, config := range described[0].Configs {
				if config.Key == key {
					found := config.MaybeValue() + " from " + config.Source.String()
					err := expectEqual(what, found, wanted+" from "+source)
					return err == nil, err
				}
			}
			return false, fmt.Errorf("no config %s", key)
		})
	}
	alter := func(op kadm.IncrementalOp, key, value string) error {
		altered, err := c.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: op, Name: key, Value: &value}}, topic)
		if err != nil {
			return err
		}
		return altered[0].Err
	}
	steps := []func() error{
		func() error { return expectValue("default", "retention.ms", "604800000", "DEFAULT_CONFIG") },
		func() error { return alter(kadm.SetConfig, "retention.ms", "12345") },
		func() error { return expectValue("set", "retention.ms", "12345", "DYNAMIC_TOPIC_CONFIG") },
		func() error { return alter(kadm.AppendConfig, "cleanup.policy", "compact") },
		func() error {
			return expectValue("appended", "cleanup.policy", "delete,compact", "DYNAMIC_TOPIC_CONFIG")
		},
		func() error { return alter(kadm.DeleteConfig, "retention.ms", "") },
		func() error { return expectValue("reset", "retention.ms", "604800000", "DEFAULT_CONFIG") },
		func() error {
			return wantError("a bad value", alter(kadm.SetConfig, "retention.ms", "x"), kerr.InvalidConfig)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *checks) groups(ctx context.Context) error {
	topic, err := c.create(ctx, "offsets", 4, nil)
	if err != nil {
		return err
	}
	group := c.name("admin-group")
	m, err := c.join(group, topic)
	if err != nil {
		return err
	}
	defer m.close()
	if err := share(ctx, m); err != nil {
		return err
	}
	listed, err := c.admin.ListGroups(ctx, "Stable")
	if err != nil {
		return err
	}
	if err := expectEqual("listed", listed[group].State, "Stable"); err != nil {
		return err
	}
	described, err := c.admin.DescribeGroups(ctx, group)
	if err != nil {
		return err
	}
	if err := expectEqual("described", described[group].State, "Stable"); err != nil {
		return err
	}
	one := described[group]
	if assigned := one.AssignedPartitions(); !assigned.Lookup(topic, 3) {
		return fmt.Errorf("assigned: found %v", assigned)
	}
	_, err = c.admin.DeleteGroup(ctx, group)
	if err := wantError("delete a group with a member", err, kerr.NonEmptyGroup); err != nil {
		return err
	}
	m.close()
	var offsets kadm.Offsets
	offsets.AddOffset(topic, 0, 7, -1)
	if err := c.admin.CommitAllOffsets(ctx, group, offsets); err != nil {
		return err
	}
	committed, err := c.admin.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	found, _ := committed.Lookup(topic, 0)
	if err := expectEqual("committed", found.At, 7); err != nil {
		return err
	}
	deleted, err := c.admin.DeleteOffsets(ctx, group, offsets.TopicsSet())
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return err
	}
	if _, err := c.admin.DeleteGroup(ctx, group); err != nil {
		return err
	}
	left, err := c.admin.ListGroups(ctx)
	if err != nil {
		return err
	}
	_, there := left[group]
	return expectEqual("the group is there", there, false)
}

func (c *checks) deleteRecords(ctx context.Context) error {
	topic, err := c.create(ctx, "delete-records", 1, nil)
	if err != nil {
		return err
	}
	records := make([]record, 10)
	for i := range records {
		records[i] = record{Value: []byte(strconv.Itoa(i))}
	}
	if err := c.send(ctx, topic, records); err != nil {
		return err
	}
	var before kadm.Offsets
	before.AddOffset(topic, 0, 6, -1)
	deleted, err := c.admin.DeleteRecords(ctx, before)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return err
	}
	rows, err := c.readAll(ctx, topic, 4)
	if err != nil {
		return err
	}
	first := rows[0][0]
	if err := expectEqual("first offset left", first.Offset, 6); err != nil {
		return err
	}
	return expectEqual("first value left", string(first.Value), "6")
}

func (c *checks) describe(ctx context.Context) error {
	topic, err := c.create(ctx, "described", 1, nil)
	if err != nil {
		return err
	}
	if err := c.send(ctx, topic, []record{{Value: make([]byte, 1000)}}, kgo.ProducerBatchCompression(kgo.NoCompression())); err != nil {
		return err
	}
	var set kadm.TopicsSet
	set.Add(topic, 0)
	dirs, err := c.admin.DescribeAllLogDirs(ctx, set)
	if err != nil {
		return err
	}
	size := int64(0)
	for _, of := range dirs {
		size += of.Size()
	}
	if size < 1000 {
		return fmt.Errorf("log directories: found %+v", dirs)
	}
	producers, err := c.admin.DescribeProducers(ctx, set)
	if err != nil {
		return err
	}
	active := producers.SortedProducers()
	if err := expectEqual("producers", len(active), 1); err != nil {
		return err
	}
	return expectEqual("last sequence", active[0].LastSequence, 0)
}

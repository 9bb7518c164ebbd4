//! Creating and deleting topics.

use std::{collections::BTreeSet, sync::Arc};

use connect_api::{Str, TopicPartition};
use redb::StorageError;

use super::{
    super::{
        super::Created,
        command::{Reply, TopicPlan},
        log::{Extent, Log, LogId},
        rows::{Key, LogRow, Row, TopicRow},
        topic::Topic,
    },
    Entry, Ledger, Tables, Work,
};

impl Ledger {
    pub(in super::super) fn create_topic(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        plan: TopicPlan,
    ) -> Result<(), StorageError> {
        if self.topics.contains_key(&plan.name) {
            work.answer_read(plan.reply, Created::Existed);
            return Ok(());
        }
        let id = self.counters.topics;
        self.counters.topics += 1;
        tables.put(&Row::Counters(self.counters))?;
        let row = TopicRow {
            id,
            partitions: plan.partitions,
            configs: plan.settings.1.clone(),
        };
        tables.put(&Row::Topic(plan.name.clone(), row))?;
        let mut logs = Vec::new();
        for number in 0..plan.partitions {
            let partition = i32::try_from(number).expect("created from an i32");
            let log_id = LogId::new(id, number);
            let at = TopicPartition::new(plan.name.clone(), partition);
            let log = Arc::new(Log::new(log_id, at, Extent::default()));
            self.logs
                .insert(log_id, Entry::new(&log, LogRow::default()));
            logs.push(log);
        }
        let topic = Topic::new(plan.name.clone(), id, plan.settings, logs);
        self.topics.insert(plan.name, Arc::new(topic));
        work.topics_changed = true;
        work.answer(plan.reply, Created::New);
        Ok(())
    }

    /// Deletes a topic with its offsets; its chunks go later.
    pub(in super::super) fn delete_topic(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (name, reply): (Str, Reply<()>),
    ) -> Result<(), StorageError> {
        let Some(topic) = self.topics.remove(&name) else {
            work.answer_read(reply, ());
            return Ok(());
        };
        let gone: BTreeSet<LogId> = topic.log_ids().collect();
        for id in &gone {
            let entry = self.logs.remove(id).expect("each topic has its logs");
            for (_, first) in entry.aborted.keys() {
                tables.remove(Key::Aborted(*id, *first))?;
            }
            tables.remove(Key::Log(*id))?;
        }
        for (id, transaction) in &mut self.transactions {
            transaction.forget_logs(|log| gone.contains(&log));
            work.transactions.insert(id.clone());
        }
        self.forget_offsets(tables, &name)?;
        tables.remove(Key::Topic(&name))?;
        tables.put(&Row::Garbage(topic.id))?;
        self.garbage.insert(topic.id);
        work.topics_changed = true;
        work.deleted.push(topic);
        work.answer(reply, ());
        Ok(())
    }
}

impl Entry {
    pub(super) fn new(log: &Arc<Log>, row: LogRow) -> Self {
        Self {
            log: Arc::clone(log),
            row,
            open: BTreeSet::new(),
            aborted: Arc::default(),
            tombstones_due: None,
        }
    }
}

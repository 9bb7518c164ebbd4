//! What a sink does when the plugin rejects a batch.

use connect_api::{Error, ErrorKind, Origin, Result, SinkBatch};

use super::{
    driver::Driver,
    queue::{halves, without_input},
};
use crate::task::{Failure, StageName};

impl Driver<'_> {
    /// Condemns the culprit of a batch that was rejected; the rest is pending.
    pub(super) fn reject(&mut self, batch: SinkBatch, error: Error) -> Result<()> {
        let named = error.origin().cloned();
        let culprit = match (named, batch.records()) {
            (Some(named), _) => known(&batch, &named, &error)?,
            (None, []) => {
                let what = "an empty batch was rejected";
                return Err(error.context(what).with_kind(ErrorKind::Fatal));
            }
            (None, [first, ..]) => match halves(&batch) {
                Some((head, tail)) => {
                    self.pending.extend([tail, head]);
                    return Ok(());
                }
                None => first.origin.clone(),
            },
        };
        let failure = Failure::new(StageName::Put, &self.setup.plugin, error);
        let condemned = vec![(culprit.clone(), failure)];
        self.host.judge(&condemned)?;
        self.condemned.extend(condemned);
        self.pending.push(without_input(batch, &culprit));
        Ok(())
    }
}

/// Finds the record that was named in its batch.
fn known(batch: &SinkBatch, named: &Origin, error: &Error) -> Result<Origin> {
    let mut records = batch.records().iter();
    match records.find(|record| record.origin == *named) {
        Some(record) => Ok(record.origin.clone()),
        None => Err(Error::fatal(format!(
            "record {named} was rejected, which is not in the batch: {}",
            error.report()
        ))),
    }
}

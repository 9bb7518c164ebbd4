//! [`Appender`]: appends to an internal topic what needs no transaction.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connect_api::{Result, Str};

use crate::broker::{Broker, Producer, ProducerOptions, ProducerRecord, Refused};

/// Appends to an internal topic what needs no transaction.
pub(super) struct Appender {
    broker: Arc<dyn Broker>,
    client_id: Str,
    /// `None` before the first use, while somebody appends, and after an error.
    producer: Mutex<Option<Box<dyn Producer>>>,
}

impl Appender {
    pub(super) fn new(broker: Arc<dyn Broker>, topic: &Str) -> Self {
        Self {
            broker,
            client_id: format!("{topic}-writer").into(),
            producer: Mutex::default(),
        }
    }

    /// Appends records, and returns those that are refused.
    ///
    /// # Errors
    ///
    /// Whether any was appended is not known.
    pub(super) async fn append(&self, records: Vec<ProducerRecord>) -> Result<Vec<Refused>> {
        // Taken out: whoever does not go on here holds nobody up.
        let known = self.slot().take();
        let mut producer = match known {
            Some(producer) => producer,
            None => {
                let options = ProducerOptions::new(&self.client_id);
                self.broker.producer(&options).await?
            }
        };
        let refused = producer.send(records).await?.await?;
        *self.slot() = Some(producer);
        Ok(refused)
    }

    fn slot(&self) -> MutexGuard<'_, Option<Box<dyn Producer>>> {
        self.producer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Appender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Appender({})", self.client_id)
    }
}

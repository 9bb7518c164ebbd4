//! What a transaction of a source holds.

use std::{sync::Arc, time::Duration};

use connect_runtime::{
    Environment,
    broker::{Broker, Isolation},
};
use connect_testkit::{
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};

use super::fixture::{Memory, Numbers, memory, numbers, worker};

#[test]
fn polls_that_return_while_a_transaction_commits_share_the_next_one() {
    const POLLS: i64 = 200;
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let slow = BrokerFaults::drawn(|call| {
            let delay = BrokerFault::Delay(Duration::from_millis(5));
            (call == Operation::CommitTransaction).then_some(delay)
        });
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), slow);
        let worker = worker(&environment, faulty).start().await.unwrap();
        let source = Numbers::new("numbers", POLLS);
        worker.source("numbers", source).start().await.unwrap();
        let sunk = Memory::default();
        let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
        sink.start().await.unwrap();
        assert_eq!(sunk.reaches(POLLS as usize).await, numbers(POLLS));
        worker.shutdown(Duration::from_secs(10)).await;

        let marks = broker.watermarks("numbers", Isolation::ReadCommitted);
        // The end of each transaction takes an offset too.
        let transactions = marks.await.unwrap()[&0].end - POLLS;
        assert!((1..POLLS / 10).contains(&transactions), "{transactions}");
    });
}

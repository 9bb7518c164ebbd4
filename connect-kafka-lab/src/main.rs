//! Starts a broker and writes its address on a line; both end with the input.

use std::{
    error::Error,
    io::{self, Write},
};

use connect_kafka_lab::{Kafka, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let kafka = Kafka::start(&Options::default())?;
    writeln!(io::stdout(), "{}", kafka.bootstrap())?;
    // Nobody writes anything: who started this keeps the input open, and dies or closes it.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

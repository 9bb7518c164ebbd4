//! What a program without Connect does: lines into a topic, or out of it, with librdkafka's plain API.
//!
//! `./test bench kafka` compares it with a worker. It is written as a C program would be that wants to be fast: records
//! are copied once, answers are counted, records come out a thousand at a time. Once it is done it says so, and stays
//! until its input ends, so that others can see what it has cost.
//!
//! ```text
//! bare produce <servers> <topic> <file>
//! bare consume <servers> <topic> <partitions> <lines> <file>
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that is measured prints, and stops at the first error"
)]

use std::{
    env,
    ffi::{CStr, CString, c_int, c_void},
    fs::File,
    io::{Read, Write, stdin},
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
};

use rdkafka_sys::{
    RD_KAFKA_MSG_F_COPY, RD_KAFKA_OFFSET_BEGINNING, rd_kafka_conf_new, rd_kafka_conf_res_t,
    rd_kafka_conf_set, rd_kafka_conf_set_dr_msg_cb, rd_kafka_conf_t, rd_kafka_consume_batch_queue,
    rd_kafka_consume_start_queue, rd_kafka_last_error, rd_kafka_message_destroy,
    rd_kafka_message_t, rd_kafka_new, rd_kafka_outq_len, rd_kafka_poll, rd_kafka_produce,
    rd_kafka_queue_new, rd_kafka_resp_err_t, rd_kafka_t, rd_kafka_topic_new, rd_kafka_topic_t,
    rd_kafka_type_t,
};

/// The partition that the partitioner chooses: a macro of C that the bindings lack.
const UNASSIGNED: i32 = -1;

/// How much is read at once.
const BLOCK: u64 = 256 * 1024;

/// After how many bytes the output is made durable, as the file sink does.
const UNSAVED: usize = 8 * 1024 * 1024;

/// How many records were not delivered.
static FAILED: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["produce", servers, topic, file] => produce(servers, topic, file),
        ["consume", servers, topic, partitions, lines, file] => {
            let partitions = partitions.parse().unwrap();
            consume(servers, (topic, partitions), lines.parse().unwrap(), file);
        }
        ref other => panic!("{other:?}"),
    }
    println!("done");
    // The process ends with its clients.
    stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Writes the lines of a file, and returns once all are delivered.
fn produce(servers: &str, topic: &str, file: &str) {
    let settings = [
        ("bootstrap.servers", servers),
        ("enable.idempotence", "true"),
        ("linger.ms", "5"),
    ];
    let config = config(&settings);
    // SAFETY: the callback has the signature that is asked for.
    unsafe { rd_kafka_conf_set_dr_msg_cb(config, Some(delivered)) };
    let (client, topic) = open(rd_kafka_type_t::RD_KAFKA_PRODUCER, config, topic);
    let mut file = File::open(file).unwrap();
    let mut block = Vec::new();
    loop {
        let read = (&mut file).take(BLOCK).read_to_end(&mut block).unwrap();
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', &block) {
            push(client, topic, &block[begin..end]);
            begin = end + 1;
        }
        block.drain(..begin);
        if read == 0 {
            break;
        }
        // SAFETY: the client lives.
        unsafe { rd_kafka_poll(client, 0) };
    }
    // SAFETY: the client lives.
    while unsafe { rd_kafka_outq_len(client) } > 0 {
        // SAFETY: as above.
        unsafe { rd_kafka_poll(client, 10) };
    }
    assert_eq!(FAILED.load(Ordering::Relaxed), 0, "records not delivered");
}

fn push(client: *mut rd_kafka_t, topic: *mut rd_kafka_topic_t, line: &[u8]) {
    loop {
        // SAFETY: the topic lives; the line is copied.
        let pushed = unsafe {
            rd_kafka_produce(
                topic,
                UNASSIGNED,
                RD_KAFKA_MSG_F_COPY,
                line.as_ptr().cast_mut().cast::<c_void>(),
                line.len(),
                ptr::null(),
                0,
                ptr::null_mut(),
            )
        };
        if pushed == 0 {
            return;
        }
        // SAFETY: it reads what the call before left for this thread.
        let error = unsafe { rd_kafka_last_error() };
        assert_eq!(error, rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__QUEUE_FULL);
        // SAFETY: the client lives.
        unsafe { rd_kafka_poll(client, 10) };
    }
}

unsafe extern "C" fn delivered(
    _: *mut rd_kafka_t,
    message: *const rd_kafka_message_t,
    _: *mut c_void,
) {
    // SAFETY: it is a message that lives during the call.
    if unsafe { failed(message) } {
        FAILED.fetch_add(1, Ordering::Relaxed);
    }
}

/// # Safety
///
/// The message lives.
unsafe fn failed(message: *const rd_kafka_message_t) -> bool {
    // SAFETY: as is said; read as a number, since a broker may answer codes that the enumeration does not have.
    unsafe { ptr::addr_of!((*message).err).cast::<c_int>().read() != 0 }
}

/// Writes records as lines, durably.
fn consume(servers: &str, (topic, partitions): (&str, i32), lines: usize, file: &str) {
    let settings = [
        ("bootstrap.servers", servers),
        ("isolation.level", "read_committed"),
        // With the default of a second it would wait whenever its queue was full.
        ("fetch.queue.backoff.ms", "5"),
    ];
    let kind = rd_kafka_type_t::RD_KAFKA_CONSUMER;
    let (client, topic) = open(kind, config(&settings), topic);
    // SAFETY: the client lives.
    let queue = unsafe { rd_kafka_queue_new(client) };
    for partition in 0..partitions {
        let beginning = i64::from(RD_KAFKA_OFFSET_BEGINNING);
        // SAFETY: topic and queue live.
        let started = unsafe { rd_kafka_consume_start_queue(topic, partition, beginning, queue) };
        assert_eq!(started, 0, "starting partition {partition}");
    }
    let mut output = File::create(file).unwrap();
    let (mut unsaved, mut written) = (Vec::new(), 0);
    let mut messages = vec![ptr::null_mut::<rd_kafka_message_t>(); 1000];
    while written < lines {
        let room = messages.len();
        // SAFETY: the queue lives, and the array has so much room.
        let taken =
            unsafe { rd_kafka_consume_batch_queue(queue, 100, messages.as_mut_ptr(), room) };
        let taken = usize::try_from(taken).unwrap();
        for message in &messages[..taken] {
            // SAFETY: the message is ours until it is destroyed, and so is its value.
            unsafe {
                assert!(!failed(*message), "a record could not be read");
                let value = ((**message).payload.cast::<u8>(), (**message).len);
                unsaved.extend_from_slice(std::slice::from_raw_parts(value.0, value.1));
                rd_kafka_message_destroy(*message);
            }
            unsaved.push(b'\n');
        }
        written += taken;
        if unsaved.len() >= UNSAVED || written >= lines {
            output.write_all(&unsaved).unwrap();
            output.sync_data().unwrap();
            unsaved.clear();
        }
    }
}

fn config(settings: &[(&str, &str)]) -> *mut rd_kafka_conf_t {
    // SAFETY: it answers a new configuration.
    let config = unsafe { rd_kafka_conf_new() };
    for (key, value) in settings {
        let (name, value) = (CString::new(*key).unwrap(), CString::new(*value).unwrap());
        // SAFETY: configuration and texts live; no text is asked for.
        let answer =
            unsafe { rd_kafka_conf_set(config, name.as_ptr(), value.as_ptr(), ptr::null_mut(), 0) };
        assert_eq!(answer, rd_kafka_conf_res_t::RD_KAFKA_CONF_OK, "{key}");
    }
    config
}

fn open(
    kind: rd_kafka_type_t,
    config: *mut rd_kafka_conf_t,
    topic: &str,
) -> (*mut rd_kafka_t, *mut rd_kafka_topic_t) {
    let mut text = [0; 512];
    // SAFETY: the configuration is given away, and `text` has as many bytes as is said.
    let client = unsafe { rd_kafka_new(kind, config, text.as_mut_ptr(), text.len()) };
    // SAFETY: librdkafka ends what it writes with a zero, and it was zeroed.
    let text = unsafe { CStr::from_ptr(text.as_ptr()) };
    assert!(!client.is_null(), "{text:?}");
    let name = CString::new(topic).unwrap();
    // SAFETY: client and name live; without a configuration it has the client's.
    let topic = unsafe { rd_kafka_topic_new(client, name.as_ptr(), ptr::null_mut()) };
    assert!(!topic.is_null());
    (client, topic)
}

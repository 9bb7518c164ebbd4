//! What the generated bindings lack or declare unsoundly.
//!
//! The bindings declare error codes as a Rust enum. A broker may answer a number that this enum does not have, and such
//! a value must never exist; so the functions that answer codes are declared here, with a plain number.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr::addr_of,
};

use rdkafka_sys::{
    rd_kafka_AdminOptions_t, rd_kafka_ConfigEntry_t, rd_kafka_ConfigResource_t,
    rd_kafka_ConsumerGroupDescription_t, rd_kafka_NewTopic_t, rd_kafka_error_t, rd_kafka_event_t,
    rd_kafka_group_result_t, rd_kafka_headers_t, rd_kafka_message_t, rd_kafka_metadata_t,
    rd_kafka_queue_t, rd_kafka_t, rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_t,
    rd_kafka_topic_result_t, rd_kafka_topic_t,
};

unsafe extern "C" {
    pub(crate) fn rd_kafka_err2str(code: c_int) -> *const c_char;
    pub(crate) fn rd_kafka_error_code(error: *const rd_kafka_error_t) -> c_int;
    pub(crate) fn rd_kafka_event_error(event: *mut rd_kafka_event_t) -> c_int;
    pub(crate) fn rd_kafka_last_error() -> c_int;
    pub(crate) fn rd_kafka_flush(client: *mut rd_kafka_t, timeout_ms: c_int) -> c_int;
    pub(crate) fn rd_kafka_purge(client: *mut rd_kafka_t, flags: c_int) -> c_int;
    pub(crate) fn rd_kafka_fatal_error(
        client: *mut rd_kafka_t,
        text: *mut c_char,
        size: usize,
    ) -> c_int;
    pub(crate) fn rd_kafka_poll_set_consumer(client: *mut rd_kafka_t) -> c_int;
    pub(crate) fn rd_kafka_subscribe(
        client: *mut rd_kafka_t,
        topics: *const rd_kafka_topic_partition_list_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_unsubscribe(client: *mut rd_kafka_t) -> c_int;
    pub(crate) fn rd_kafka_position(
        client: *mut rd_kafka_t,
        places: *mut rd_kafka_topic_partition_list_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_consumer_close(client: *mut rd_kafka_t) -> c_int;
    pub(crate) fn rd_kafka_commit_queue(
        client: *mut rd_kafka_t,
        offsets: *const rd_kafka_topic_partition_list_t,
        queue: *mut rd_kafka_queue_t,
        callback: *const c_void,
        opaque: *mut c_void,
    ) -> c_int;
    pub(crate) fn rd_kafka_metadata(
        client: *mut rd_kafka_t,
        all_topics: c_int,
        only: *mut rd_kafka_topic_t,
        answer: *mut *const rd_kafka_metadata_t,
        timeout_ms: c_int,
    ) -> c_int;
    pub(crate) fn rd_kafka_message_headers(
        message: *const rd_kafka_message_t,
        headers: *mut *mut rd_kafka_headers_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_header_get_all(
        headers: *const rd_kafka_headers_t,
        index: usize,
        name: *mut *const c_char,
        value: *mut *const c_void,
        size: *mut usize,
    ) -> c_int;
    pub(crate) fn rd_kafka_header_add(
        headers: *mut rd_kafka_headers_t,
        name: *const c_char,
        name_size: isize,
        value: *const c_void,
        value_size: isize,
    ) -> c_int;
    pub(crate) fn rd_kafka_topic_result_error(result: *const rd_kafka_topic_result_t) -> c_int;
    pub(crate) fn rd_kafka_ConfigResource_error(
        resource: *const rd_kafka_ConfigResource_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_ConfigEntry_source(entry: *const rd_kafka_ConfigEntry_t) -> c_int;
    pub(crate) fn rd_kafka_NewTopic_set_config(
        topic: *mut rd_kafka_NewTopic_t,
        key: *const c_char,
        value: *const c_char,
    ) -> c_int;
    pub(crate) fn rd_kafka_AdminOptions_set_broker(
        options: *mut rd_kafka_AdminOptions_t,
        broker: i32,
        text: *mut c_char,
        size: usize,
    ) -> c_int;
    pub(crate) fn rd_kafka_AdminOptions_set_operation_timeout(
        options: *mut rd_kafka_AdminOptions_t,
        timeout_ms: c_int,
        text: *mut c_char,
        size: usize,
    ) -> c_int;
    pub(crate) fn rd_kafka_AdminOptions_set_request_timeout(
        options: *mut rd_kafka_AdminOptions_t,
        timeout_ms: c_int,
        text: *mut c_char,
        size: usize,
    ) -> c_int;
    pub(crate) fn rd_kafka_ConsumerGroupDescription_state(
        group: *const rd_kafka_ConsumerGroupDescription_t,
    ) -> c_int;
    pub(crate) fn rd_kafka_group_result_error(
        result: *const rd_kafka_group_result_t,
    ) -> *const rd_kafka_error_t;
}

/// Where the setting of a topic comes from, if it was given for that topic.
pub(crate) const OF_THE_TOPIC: c_int =
    rdkafka_sys::rd_kafka_ConfigSource_t::RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG as c_int;

/// The partition of a record for which the partitioner chooses one.
pub(crate) const UNASSIGNED: i32 = -1;

/// Copies a C text; null is empty.
///
/// # Safety
///
/// `text` is null or ends with a zero byte.
pub(crate) unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: it ends with a zero byte.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// Reads the code of a message.
///
/// # Safety
///
/// `message` is one of librdkafka's.
pub(crate) unsafe fn code_of_message(message: *const rd_kafka_message_t) -> i32 {
    // SAFETY: the field is there; read as a number it may be any.
    unsafe { addr_of!((*message).err).cast::<i32>().read() }
}

/// Reads the code of a partition in a list.
///
/// # Safety
///
/// `partition` is one of librdkafka's.
pub(crate) unsafe fn code_of_partition(partition: *const rd_kafka_topic_partition_t) -> i32 {
    // SAFETY: the field is there; read as a number it may be any.
    unsafe { addr_of!((*partition).err).cast::<i32>().read() }
}

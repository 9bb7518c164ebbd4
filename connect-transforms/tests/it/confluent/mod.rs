mod drop;
mod extract_topic;
mod filter;
mod gzip_decompress;
mod message_timestamp_router;
mod tombstone_handler;
mod topic_regex_router;

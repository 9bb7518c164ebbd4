mod drop;
mod extract_topic;
mod filter;
mod gzip_decompress;
mod tombstone_handler;
mod topic_regex_router;

mod by_logical_table_router;
mod data;
mod event;
mod event_router;
mod extract_new_record_state;
mod vectors;

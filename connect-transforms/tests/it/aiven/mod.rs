mod extract_timestamp;
mod string_to_date_time;

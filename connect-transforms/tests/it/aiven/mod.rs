mod case_transform;
mod concat_fields;
mod extract_topic;
mod extract_topic_from_schema_name;
mod filter_by_field_value;
mod hash;
mod key_to_value;
mod tombstones;

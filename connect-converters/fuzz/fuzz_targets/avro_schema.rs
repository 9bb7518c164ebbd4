#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| connect_converters::fuzz::avro_schema(bytes));

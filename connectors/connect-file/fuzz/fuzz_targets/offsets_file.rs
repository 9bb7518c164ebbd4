#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| connect_file::fuzz::offsets_file(bytes));

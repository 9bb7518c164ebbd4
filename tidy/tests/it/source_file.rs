use crate::habit::sample;

#[track_caller]
fn check_code(text: &str, code: &str) {
    assert_eq!(sample("src/a.rs", text).code(), code);
}

#[test]
fn comments_become_spaces() {
    check_code("a // b\nc", "a     \nc");
    check_code("a /* b /* c */ */ d", "a                 d");
}

#[test]
fn the_text_of_strings_disappears() {
    check_code(r#"f("a \" // b") // c"#, r#"f("~ ~~ ~~ ~")     "#);
    check_code("r\"a\\\"; b", "r\"~~\"; b");
    check_code("br#\"a\" b\"#; c", "br#\"~~ ~\"#; c");
}

#[test]
fn raw_identifiers_and_names_that_end_in_r_are_code() {
    check_code("r#type; for\"a\"", "r#type; for\"~\"");
}

#[test]
fn lifetimes_stay_and_characters_disappear() {
    check_code(
        "fn f<'a>(x: &'a str) { g('\"', '\\'', '\\u{7f}') }",
        "fn f<'a>(x: &'a str) { g('~', '~~', '~~~~~~') }",
    );
}

#[test]
fn tests_begin_at_the_test_module() {
    let file = sample("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {}\n");
    assert_eq!(
        file.test_lines().map(|(line, _)| line).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(file.code_without_tests(), "fn a() {}\n");
}

#[test]
fn a_file_of_integration_tests_is_all_test() {
    let file = sample("tests/it/a.rs", "fn a() {}\n");
    assert_eq!(file.test_lines().count(), 1);
    assert_eq!(file.code_without_tests(), "");
}

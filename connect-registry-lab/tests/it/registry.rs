//! The registry, while it runs and after.

use std::net::TcpStream;

use connect_registry_lab::Registry;

#[test]
fn a_registry_serves_until_it_is_dropped() {
    let registry = Registry::start().unwrap();
    let url = registry.url();
    let address = url.strip_prefix("http://").unwrap();
    let (address, path) = address.split_once('/').unwrap();
    assert_eq!(path, "apis/ccompat/v7");
    TcpStream::connect(address).unwrap();
    drop(registry);
    TcpStream::connect(address).unwrap_err();
}

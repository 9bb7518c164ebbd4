//! The proxy before a server that echoes.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use connect_kafka_lab::{Direction, Mode, Proxy};

/// A proxy before a server that sends back what it is sent.
fn before_an_echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::to(&listener.local_addr().unwrap().to_string()).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut copy = stream.try_clone().unwrap();
                let _ = std::io::copy(&mut stream, &mut copy);
            });
        }
    });
    proxy
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).unwrap();
    // What never comes fails a test instead of stopping it.
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

/// Sends bytes and reads as many; fewer if the connection ends before.
fn echo(stream: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    // A connection that is cut may fail already here.
    if stream.write_all(bytes).is_ok() {
        let _ = stream.take(bytes.len() as u64).read_to_end(&mut answer);
    }
    answer
}

#[test]
fn everything_passes_until_connections_are_cut() {
    let proxy = before_an_echo();
    let mut first = connect(&proxy);
    assert_eq!(echo(&mut first, b"hello"), b"hello");
    proxy.cut();
    assert_eq!(echo(&mut first, b"hello"), b"");
    assert_eq!(echo(&mut connect(&proxy), b"again"), b"again");
}

#[test]
fn a_refused_connection_ends_and_an_open_one_goes_on() {
    let proxy = before_an_echo();
    let mut open = connect(&proxy);
    assert_eq!(echo(&mut open, b"1"), b"1");
    proxy.set(Mode::Refuse);
    assert_eq!(echo(&mut connect(&proxy), b"2"), b"");
    assert_eq!(echo(&mut open, b"3"), b"3");
}

#[test]
fn what_is_held_is_delivered_later() {
    let proxy = before_an_echo();
    proxy.set(Mode::Hold);
    let mut stream = connect(&proxy);
    stream.write_all(b"held").unwrap();
    proxy.wait_until_held(Direction::ToServer).unwrap();
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0; 4]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
    proxy.set(Mode::Pass);
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"held");
}

#[test]
fn a_delay_holds_in_each_direction() {
    let proxy = before_an_echo();
    let delay = Duration::from_millis(30);
    proxy.set(Mode::Delay(delay));
    let mut stream = connect(&proxy);
    let started = Instant::now();
    assert_eq!(echo(&mut stream, b"late"), b"late");
    assert!(started.elapsed() >= 2 * delay);
}

#[test]
fn a_cut_comes_after_exactly_so_many_bytes_and_once() {
    for (direction, bytes) in [
        (Direction::ToClient, 3),
        (Direction::ToClient, 11),
        (Direction::ToClient, 0),
        (Direction::ToServer, 0),
    ] {
        let proxy = before_an_echo();
        let mut stream = connect(&proxy);
        proxy.set(Mode::CutAfter(direction, bytes as u64));
        let answer = echo(&mut stream, b"hello world");
        assert_eq!(answer, &b"hello world"[..bytes], "{direction:?} {bytes}");
        proxy.wait_until_cut().unwrap();
        assert_eq!(echo(&mut stream, b"!"), b"", "{direction:?} {bytes}");
        assert_eq!(echo(&mut connect(&proxy), b"again"), b"again");
    }
}

//! Requests to the REST interface of Kafka Connect.

use std::{
    io::{Read, Result, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// Asks a worker of this machine, and returns the status and what it answered.
///
/// # Errors
///
/// It does not answer.
pub(crate) fn ask(port: u16, (method, path): (&str, &str), body: &Value) -> Result<(u16, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let length = body.len();
    // As in HTTP 1.0, the answer ends with the connection.
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((
        status.unwrap_or(0),
        serde_json::from_str(body).unwrap_or(Value::Null),
    ))
}

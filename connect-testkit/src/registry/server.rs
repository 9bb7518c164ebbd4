//! HTTP/1.1, as far as clients of a registry need it.

use std::{io, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    select,
    task::JoinSet,
};

use super::{Access, Fault, Shared, lock, routes};

/// The most bytes of a request's head, and of its body.
const MOST_HEAD: usize = 64 << 10;
const MOST_BODY: usize = 64 << 20;

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockRequest {
    /// `GET`, `POST`, ….
    pub method: String,
    /// What was asked for, as it was sent: path and query, and in front of it an address if it came as to a proxy.
    pub target: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The parts of the path below the registry's base, decoded.
    pub(super) segments: Vec<String>,
    /// The query, decoded.
    pub(super) query: Vec<(String, String)>,
}

impl MockRequest {
    /// Returns a header, whose name is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns method and path, without query, base path and encoding: `GET /subjects`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{} /{}", self.method, self.segments.join("/"))
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        let found = query.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.query(flag) == Some("true")
    }
}

/// Serves connections until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        // Both lose nothing if the other one is first.
        select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let shared = Arc::clone(&shared);
                    connections.spawn(async move { drop(connection(stream, &shared).await) });
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// Answers requests until the other side ends, or a fault does.
async fn connection(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = receive(&mut stream, &mut buffer, shared.base()).await? {
        let mut held = shared.held.subscribe();
        shared
            .requests
            .send_modify(|requests| requests.push(request.clone()));
        // Ends at once if the registry is gone, and the connection with it.
        let _ = held.wait_for(|held| !held).await;
        let fault = lock(&shared.faults).pop_front();
        let Some(fault) = fault else {
            let (status, body) = answer(&request, shared);
            send(&mut stream, status, "", body.to_string().as_bytes()).await?;
            continue;
        };
        if !fail(&mut stream, &request, fault).await? {
            break;
        }
    }
    Ok(())
}

fn answer(request: &MockRequest, shared: &Shared) -> (u16, Value) {
    let access = lock(&shared.access).clone();
    let mut tokens = lock(&shared.tokens);
    let is_for_token = request.target.ends_with("/oauth/token");
    match (&access, is_for_token) {
        (Access::OAuth { client, expires_in }, true) => {
            if request.header("authorization") != Some(client) {
                return (401, json!({ "error": "invalid_client" }));
            }
            let mut granted = json!({ "access_token": tokens.give(), "token_type": "Bearer" });
            if let Some(seconds) = expires_in {
                granted["expires_in"] = json!(seconds);
            }
            (200, granted)
        }
        _ if !access.admits(request, &tokens) => (
            401,
            json!({ "error_code": 40101, "message": "Unauthorized" }),
        ),
        _ => routes::answer(request, shared.dialect, &mut lock(&shared.schemas)),
    }
}

/// Fails a request; false if the connection ends with it.
async fn fail(stream: &mut TcpStream, request: &MockRequest, fault: Fault) -> io::Result<bool> {
    let body = |status: u16| {
        let code = i32::from(status) * 100 + 1;
        json!({ "error_code": code, "message": "told to fail" }).to_string()
    };
    let page = b"<html>nothing to see here</html>";
    match fault {
        Fault::Status(status) => send(stream, status, "", body(status).as_bytes()).await?,
        Fault::Busy(status, seconds) => {
            let header = format!("Retry-After: {seconds}\r\n");
            send(stream, status, &header, body(status).as_bytes()).await?;
        }
        Fault::Garbage => send(stream, 200, "", page).await?,
        Fault::Page(status) => send(stream, status, "", page).await?,
        Fault::Echo => send(stream, 401, "", format!("{:?}", request.headers).as_bytes()).await?,
        Fault::Huge => send(stream, 200, "", &vec![b' '; 33 << 20]).await?,
        Fault::Cut => return Ok(false),
        Fault::Half => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"schema\":")
                .await?;
            return Ok(false);
        }
    }
    Ok(true)
}

async fn send(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} told\r\nContent-Type: application/vnd.schemaregistry.v1+json\r\n\
         {headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await
}

/// Reads a request; `None` at the end of the connection.
async fn receive(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    base: &str,
) -> io::Result<Option<MockRequest>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at;
        }
        if buffer.len() > MOST_HEAD || stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head: Vec<u8> = buffer.drain(..end + 4).collect();
    let mut request = parse(&String::from_utf8_lossy(&head), base);
    let length = request.header("content-length").map(str::parse::<usize>);
    let length = length.and_then(Result::ok).unwrap_or_default();
    while buffer.len() < length.min(MOST_BODY) {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    request.body = buffer.drain(..length.min(MOST_BODY)).collect();
    Ok(Some(request))
}

fn parse(head: &str, base: &str) -> MockRequest {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    // To a proxy, the target is a whole address.
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => &target,
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.strip_prefix(base).unwrap_or("/not/below/the/base");
    let segments = path.split('/').filter(|part| !part.is_empty()).map(decoded);
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    MockRequest {
        segments: segments.collect(),
        query: query
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
        method,
        headers: headers.collect(),
        body: Vec::new(),
        target,
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

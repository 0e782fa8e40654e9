//! A keep-alive HTTP/1.1 client for a server on this machine.
//!
//! Small on purpose: it shares two or four cores with the server it measures, so what it does
//! itself must hardly count. It knows what our servers answer with: a length or chunks.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// One connection, opened again when the server has closed it.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    head: String,
    body: Vec<u8>,
    /// Of each request answered, in microseconds.
    pub times: Vec<u32>,
}

/// What came back; the body stays in the client until the next request.
pub struct Answer<'a> {
    pub status: u16,
    pub etag: Option<String>,
    pub body: &'a [u8],
}

impl Client {
    pub fn new(port: u16) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self { address, stream: None, head: String::new(), body: Vec::new(), times: Vec::new() }
    }

    pub fn get(&mut self, path: &str) -> Result<Answer<'_>> {
        self.send("GET", path, &[], None)
    }

    /// Sends a request and reads the whole answer. `body` is JSON.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Answer<'_>> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        } else if method != "GET" {
            text.push_str("content-length: 0\r\n");
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        let began = Instant::now();
        let done = self.exchange(&text);
        self.times.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        if done.is_err() {
            // Whatever is half read is of no use to the next request.
            self.stream = None;
        }
        let (status, etag) = done.with_context(|| format!("{method} {path}"))?;
        Ok(Answer { status, etag, body: &self.body })
    }

    fn exchange(&mut self, text: &str) -> Result<(u16, Option<String>)> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(60)))?;
                self.stream.insert(BufReader::with_capacity(64 * 1024, stream))
            }
        };
        stream.get_mut().write_all(text.as_bytes())?;
        let status = read_line(stream, &mut self.head)?;
        let status: u16 =
            status.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no HTTP answer")?;
        let (mut length, mut chunked, mut close, mut etag) = (None, false, false, None);
        loop {
            let line = read_line(stream, &mut self.head)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("a header without a colon")?;
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse::<usize>()?),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => close = value.eq_ignore_ascii_case("close"),
                "etag" => etag = Some(value.to_owned()),
                _ => {}
            }
        }
        self.body.clear();
        if chunked {
            read_chunks(stream, &mut self.head, &mut self.body)?;
        } else if let Some(length) = length {
            self.body.resize(length, 0);
            stream.read_exact(&mut self.body)?;
        } else if status != 204 && status != 304 {
            bail!("an answer without a length");
        }
        if close {
            self.stream = None;
        }
        Ok((status, etag))
    }
}

fn read_line<'a>(stream: &mut impl BufRead, line: &'a mut String) -> Result<&'a str> {
    line.clear();
    if stream.read_line(line)? == 0 {
        bail!("the server closed the connection");
    }
    Ok(line.trim_end())
}

fn read_chunks(stream: &mut impl BufRead, line: &mut String, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let size = read_line(stream, line)?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
            .context("a chunk without a size")?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        if !read_line(stream, line)?.is_empty() {
            bail!("a chunk that does not end where it should");
        }
        if size == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn chunks_are_put_together() {
        let mut text = &b"5\r\nhello\r\n7;x=1\r\n, world\r\n0\r\n\r\nrest"[..];
        let mut body = Vec::new();
        read_chunks(&mut text, &mut String::new(), &mut body).unwrap();
        assert_eq!((body.as_slice(), text), (&b"hello, world"[..], &b"rest"[..]));
        assert!(read_chunks(&mut &b"2\r\nhello\r\n"[..], &mut String::new(), &mut Vec::new()).is_err());
    }

    #[test]
    fn a_connection_serves_several_requests_and_is_renewed_after_a_close() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            for answers in [&["ok", "no"][..], &["yes"][..]] {
                let (stream, _) = listener.accept().unwrap();
                let mut stream = BufReader::new(stream);
                for answer in answers {
                    let mut line = String::new();
                    while read_line(&mut stream, &mut line).unwrap() != "" {}
                    let close = if *answer == "no" { "connection: close\r\n" } else { "" };
                    let length = answer.len();
                    write!(
                        stream.get_mut(),
                        "HTTP/1.1 200 OK\r\nETag: \"7\"\r\n{close}content-length: {length}\r\n\r\n{answer}"
                    )
                    .unwrap();
                }
            }
        });
        let mut client = Client::new(port);
        let mut ask = || {
            let answer = client.get("/").unwrap();
            (answer.status, answer.etag.unwrap(), String::from_utf8(answer.body.to_vec()).unwrap())
        };
        for expected in ["ok", "no", "yes"] {
            assert_eq!(ask(), (200, "\"7\"".to_owned(), expected.to_owned()));
        }
        server.join().unwrap();
    }
}

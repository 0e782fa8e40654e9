//! Reading back the `.eml` files that [`FolderMailer`](super::FolderMailer) writes.

use base64::{Engine, prelude::BASE64_STANDARD};

/// A mail as its reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadMail {
    /// The `Message-ID` between its angle brackets.
    pub id: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    /// As written in the mail, such as `Mon, 23 Nov 2026 00:22:36 +0000`.
    pub date: String,
    /// Empty where the mail has no such part.
    pub text: String,
    pub html: String,
}

impl ReadMail {
    /// Reads a message (RFC 5322, MIME) in UTF-8. What is damaged is read as far as it
    /// goes: this is for looking at, not for deciding by.
    pub fn parse(bytes: &[u8]) -> Self {
        let message = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let part = Part::of(&message);
        let head = |name: &str| words(part.header(name).as_deref().unwrap_or_default());
        let mut mail = Self {
            id: head("message-id").trim_matches(['<', '>']).to_owned(),
            from: head("from"),
            to: head("to"),
            subject: head("subject"),
            date: head("date"),
            ..Self::default()
        };
        mail.take(&part, 0);
        mail
    }

    /// Keeps the first text and the first HTML met; parts in parts no deeper than mail
    /// programs nest them.
    fn take(&mut self, part: &Part<'_>, depth: u8) {
        let kind = part.header("content-type").unwrap_or_else(|| "text/plain".to_owned());
        if let Some(boundary) = parameter(&kind, "boundary").filter(|_| kind.starts_with("multipart/")) {
            let mark = format!("\n--{boundary}");
            // The first mark may stand at the very beginning.
            let body = format!("\n{}", part.body);
            for inner in body.split(&mark).skip(1).filter(|inner| !inner.starts_with("--")) {
                if depth < 4 {
                    self.take(
                        &Part::of(inner.trim_start_matches([' ', '\t']).trim_start_matches('\n')),
                        depth + 1,
                    );
                }
            }
            return;
        }
        let kept = match kind.split(';').next().unwrap_or_default().trim() {
            "text/html" => &mut self.html,
            "text/plain" => &mut self.text,
            _ => return,
        };
        if kept.is_empty() {
            *kept = part.decoded();
        }
    }
}

/// Headers, unfolded, and what follows them.
struct Part<'a> {
    headers: Vec<(String, String)>,
    body: &'a str,
}

impl<'a> Part<'a> {
    fn of(message: &'a str) -> Self {
        let (head, body) = match message.strip_prefix('\n') {
            Some(body) => ("", body),
            None => message.split_once("\n\n").unwrap_or((message, "")),
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Self { headers, body }
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn decoded(&self) -> String {
        let encoding = self.header("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
        match encoding.as_str() {
            "base64" => base64(self.body).unwrap_or_default(),
            "quoted-printable" => quoted_printable(self.body, false),
            _ => self.body.to_owned(),
        }
    }
}

/// A parameter of a header, such as the boundary of `multipart/mixed; boundary="x"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn base64(text: &str) -> Option<String> {
    let plain: String = text.split_whitespace().collect();
    Some(String::from_utf8_lossy(&BASE64_STANDARD.decode(plain).ok()?).into_owned())
}

/// RFC 2045, section 6.7; in a header (RFC 2047) an underscore is a space.
fn quoted_printable(text: &str, header: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, rest) {
            (b'=', [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: &u8| (*byte as char).to_digit(16).unwrap_or(0) as u8;
                bytes.push(digit(high) * 16 + digit(low));
                rest = after;
            }
            (b'_', _) if header => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A header with its encoded words (`=?utf-8?b?…?=`) in plain text. White space between
/// two of them is none.
fn words(header: &str) -> String {
    let mut out = String::new();
    let mut after_encoded = false;
    for (place, word) in header.split(' ').enumerate() {
        let encoded = encoded_word(word);
        if place > 0 && !(after_encoded && encoded.is_some()) {
            out.push(' ');
        }
        after_encoded = encoded.is_some();
        out.push_str(encoded.as_deref().unwrap_or(word));
    }
    out
}

fn encoded_word(word: &str) -> Option<String> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    match encoding {
        _ if !charset.eq_ignore_ascii_case("utf-8") => None,
        "b" | "B" => base64(text),
        "q" | "Q" => Some(quoted_printable(text, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_in_two_parts_is_read() {
        let mail = ReadMail::parse(
            b"Message-ID: <ntf_1@stoa.example>\r\nFrom: Stoa <shop@stoa.example>\r\n\
              Subject: =?utf-8?b?S2Fuw6F0?=\r\n =?UTF-8?Q?i_1_l?= arrived\r\nContent-Type: multipart/alternative;\r\n \
              boundary=\"b\"\r\n\r\nnot shown\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: \
              quoted-printable\r\n\r\n1 =C3=97 jug=\r\n, thanks\r\n--b\r\nContent-Type: text/html; \
              charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+w5Y8L3A+\r\n--b--\r\n",
        );
        assert_eq!(
            (mail.id.as_str(), mail.from.as_str()),
            ("ntf_1@stoa.example", "Stoa <shop@stoa.example>")
        );
        assert_eq!(mail.subject, "Kanáti 1 l arrived");
        assert_eq!(mail.text, "1 × jug, thanks");
        assert_eq!(mail.html, "<p>Ö</p>");
    }

    #[test]
    fn what_is_damaged_is_read_as_far_as_it_goes() {
        assert_eq!(ReadMail::parse(b""), ReadMail::default());
        assert_eq!(ReadMail::parse(b"Subject: only a head").subject, "only a head");
        let odd = ReadMail::parse(b"Subject: =?utf-8?b?%%?=\nContent-Type: multipart/mixed\n\n=ZZ\xff");
        assert_eq!((odd.subject.as_str(), odd.text.as_str()), ("=?utf-8?b?%%?=", ""));
    }
}

//! Mail in a folder, and by SMTP to maildev's server (npm `@maildev/smtp`), which reads
//! what arrives with a parser of its own.

use std::{path::PathBuf, process::Stdio, time::Duration};

use stoa_kernel::ports::{FolderMailer, Mail, Mailer, ReadMail, SmtpMailer};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command},
};

const FROM: &str = "Stoa Ελλάδα <shop@stoa.example>";

/// A mail with everything that transport likes to damage.
fn hard_mail() -> Mail {
    Mail {
        id: "ntf_01".to_owned(),
        to: "Ióanna Páppa <ioanna@example.com>".to_owned(),
        subject: "Your jug “Κανάτι” is on its way, and this subject is long enough to be folded twice over — 1 ×"
            .to_owned(),
        text: format!("1 × jug: €43.00\n.\n..two dots\nFrom me\ntrailing space \n{}\n", "long ".repeat(300)),
        html: "<p>1 × jug: €43.00</p>\n.\n<a href=\"http://localhost:3000/en-gb/order/x?a=1&amp;b==\">See it</a>".to_owned(),
    }
}

/// What every mailer must do; `arrived` reads what came to the other side, oldest first.
async fn contract(mailer: &dyn Mailer, mut arrived: impl AsyncFnMut() -> Vec<ReadMail>) {
    let mail = hard_mail();
    mailer.send(&mail).await.unwrap();
    let all = arrived().await;
    assert_eq!(all.len(), 1);
    let got = &all[0];
    assert_eq!(got.id, "ntf_01@stoa.example", "a repeated send can be recognised");
    assert_eq!(got.subject, mail.subject);
    let plain = |text: &str| text.trim_end().replace("\r\n", "\n");
    assert_eq!(plain(&got.text), plain(&mail.text));
    assert_eq!(plain(&got.html), plain(&mail.html));
    assert!(got.from.contains("shop@stoa.example") && got.from.contains("Ελλάδα"), "{}", got.from);
    assert!(got.to.contains("ioanna@example.com") && got.to.contains("Páppa"), "{}", got.to);

    // Nobody adds recipients or headers by way of a name or a subject.
    let sly =
        Mail { subject: "Hello\r\nBcc: eve@example.com".to_owned(), id: "ntf_02".to_owned(), ..mail.clone() };
    if mailer.send(&sly).await.is_ok() {
        let all = arrived().await;
        assert!(!all[1].to.contains("eve") && all[1].subject.starts_with("Hello"), "{:?}", all[1]);
    }
    for to in ["", "nobody", "a@b.example\r\nBcc: eve@example.com", "a@@b.example"] {
        let count = arrived().await.len();
        assert!(mailer.send(&Mail { to: to.to_owned(), ..mail.clone() }).await.is_err(), "{to:?}");
        assert_eq!(arrived().await.len(), count, "and nothing goes out");
    }
    // The same mail again arrives again, under the same id.
    let count = arrived().await.len();
    mailer.send(&mail).await.unwrap();
    let all = arrived().await;
    assert_eq!((all.len(), all[count].id.as_str()), (count + 1, "ntf_01@stoa.example"));
}

#[tokio::test]
async fn a_folder_keeps_mail() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(FROM, folder.path().join("mail")).unwrap();
    contract(&mailer, async || {
        let mut files: Vec<(std::time::SystemTime, ReadMail)> = std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .map(|file| {
                let file = file.unwrap();
                assert!(file.file_name().to_string_lossy().ends_with(".eml"));
                (
                    file.metadata().unwrap().modified().unwrap(),
                    ReadMail::parse(&std::fs::read(file.path()).unwrap()),
                )
            })
            .collect();
        files.sort_by_key(|(at, _)| *at);
        files.into_iter().map(|(_, mail)| mail).collect()
    })
    .await;
    assert!(FolderMailer::new("not an address", folder.path().to_owned()).is_err());
}

/// maildev's SMTP server on a free port; ends with the test.
struct Maildev {
    port: u16,
    process: Child,
    out: Lines<BufReader<ChildStdout>>,
    _folder: tempfile::TempDir,
}

/// Prints its port; then, for each line it reads, every mail it has as one JSON line.
const SCRIPT: &str = r#"
import { createInterface } from "node:readline";
import { MemoryStorage } from "@maildev/core";
import { createSMTPServer } from "@maildev/smtp";
const [mailDir, user, pass] = process.argv.slice(1);
const storage = new MemoryStorage();
const auth = user ? { user, pass } : undefined;
const server = createSMTPServer({ storage, mailDir, host: "127.0.0.1", port: 0, logger: false, auth });
await server.start();
console.log(server.getPort());
const address = (list) => (list ?? []).map((one) => `${one.name} <${one.address}>`).join(", ");
for await (const _ of createInterface({ input: process.stdin })) {
  const mails = await server.getAllEmails();
  mails.sort((a, b) => new Date(a.time) - new Date(b.time));
  console.log(JSON.stringify(mails.map((mail) => ({
    id: mail.messageId ?? mail.headers["message-id"], subject: mail.subject, text: mail.text ?? "", html: mail.html ?? "",
    from: address(mail.from), to: address(mail.to) + " " + address(mail.envelope?.to),
  }))));
}
process.exit(0);
"#;

impl Maildev {
    async fn start(login: &[&str]) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert!(
            root.join("node_modules/@maildev/smtp").is_dir(),
            "maildev is not here: run `npm ci --ignore-scripts` in {}",
            root.canonicalize().unwrap_or(root).display()
        );
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new("node")
            .args(["--input-type=module", "-e", SCRIPT, folder.path().to_str().unwrap()])
            .args(login)
            .current_dir(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node 20 or newer is needed: there is no `node` in PATH");
        let mut out = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = out.next_line().await.unwrap().expect("maildev starts").parse().unwrap();
        Self { port, process, out, _folder: folder }
    }

    async fn mails(&mut self) -> Vec<ReadMail> {
        self.process.stdin.as_mut().unwrap().write_all(b"\n").await.unwrap();
        let line = self.out.next_line().await.unwrap().expect("maildev answers");
        let mails: Vec<serde_json::Value> = serde_json::from_str(&line).unwrap();
        let text = |mail: &serde_json::Value, key: &str| mail[key].as_str().unwrap_or_default().to_owned();
        mails
            .iter()
            .map(|mail| ReadMail {
                id: text(mail, "id").trim_matches(['<', '>']).to_owned(),
                from: text(mail, "from"),
                to: text(mail, "to"),
                subject: text(mail, "subject"),
                date: String::new(),
                text: text(mail, "text"),
                html: text(mail, "html"),
            })
            .collect()
    }
}

#[tokio::test]
async fn smtp_delivers_mail() {
    let mut maildev = Maildev::start(&[]).await;
    let mailer = SmtpMailer::new(FROM, &format!("smtp://127.0.0.1:{}", maildev.port)).unwrap();
    contract(&mailer, async || maildev.mails().await).await;
}

#[tokio::test]
async fn smtp_signs_in_or_fails() {
    let mut maildev = Maildev::start(&["shop", "se/cret"]).await;
    let at =
        |login: &str| SmtpMailer::new(FROM, &format!("smtp://{login}127.0.0.1:{}", maildev.port)).unwrap();
    let (right, wrong, none) = (at("shop:se%2Fcret@"), at("shop:guess@"), at(""));
    assert!(wrong.send(&hard_mail()).await.is_err());
    assert!(none.send(&hard_mail()).await.is_err());
    assert_eq!(maildev.mails().await.len(), 0);
    right.send(&hard_mail()).await.unwrap();
    assert_eq!(maildev.mails().await.len(), 1);
    for wrong in ["", "http://mail.example", "smtp//mail.example"] {
        assert!(SmtpMailer::new(FROM, wrong).is_err(), "{wrong}");
    }
}

/// Answers each connection's commands from a list, then hangs up.
async fn scripted(answers: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            for answer in answers {
                socket.write_all(answer.as_bytes()).await.unwrap();
                let mut heard = [0; 4096];
                if socket.read(&mut heard).await.unwrap_or(0) == 0 {
                    break;
                }
            }
        }
    });
    port
}

/// The job that sends tries again on any error, so each of these must be one.
#[tokio::test]
async fn a_mail_that_was_not_taken_is_an_error() {
    const HELLO: &str = "220 here\r\n";
    const EHLO: &str = "250 ok\r\n";
    for (answers, why) in [
        (&["421 come back later\r\n"][..], "busy"),
        (&[HELLO, EHLO, EHLO, "451 greylisted\r\n"], "greylisted"),
        (&[HELLO, EHLO, EHLO, "550 no such person\r\n"], "unknown"),
        (&[HELLO, EHLO, EHLO, EHLO, "354 go on\r\n", "552 too large\r\n"], "refused at the end"),
        (&[HELLO, EHLO, EHLO, EHLO, "354 go on\r\n"], "gone before it said yes"),
    ] {
        let mailer = SmtpMailer::new(FROM, &format!("smtp://127.0.0.1:{}", scripted(answers).await)).unwrap();
        let sent = tokio::time::timeout(Duration::from_secs(30), mailer.send(&hard_mail())).await;
        assert!(sent.expect("it gives up in time").is_err(), "{why}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert!(
        SmtpMailer::new(FROM, &format!("smtp://127.0.0.1:{nobody}"))
            .unwrap()
            .send(&hard_mail())
            .await
            .is_err()
    );
}

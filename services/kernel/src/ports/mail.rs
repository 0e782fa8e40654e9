use std::path::PathBuf;

use async_trait::async_trait;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};

use super::ReadMail;
use crate::{Error, Result};

/// A mail ready to go: both bodies are complete.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Also the `Message-ID`, so that a repeated send can be recognised.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Sends mail, or fails so that the caller tries again later.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: &Mail) -> Result<()>;

    /// Deletes the copies kept here of what was sent to an address; nothing where none are kept.
    async fn forget(&self, _to: &str) -> Result<()> {
        Ok(())
    }
}

fn message(from: &Mailbox, mail: &Mail) -> Result<Message> {
    let to: Mailbox = mail.to.parse().map_err(|_| Error::internal("the recipient's address is malformed"))?;
    Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .from(from.clone())
        .to(to)
        .subject(mail.subject.clone())
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(Error::internal)
}

/// Writes `.eml` files into a folder, which `/dev/mail` shows in development.
pub struct FolderMailer {
    from: Mailbox,
    folder: PathBuf,
    transport: AsyncFileTransport<Tokio1Executor>,
}

impl FolderMailer {
    pub fn new(from: &str, folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder).map_err(Error::internal)?;
        Ok(Self { from: sender(from)?, transport: AsyncFileTransport::new(&folder), folder })
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &Mail) -> Result<()> {
        self.transport.send(message(&self.from, mail)?).await.map_err(Error::internal)?;
        Ok(())
    }

    async fn forget(&self, to: &str) -> Result<()> {
        let mut files = tokio::fs::read_dir(&self.folder).await.map_err(Error::internal)?;
        while let Some(file) = files.next_entry().await.map_err(Error::internal)? {
            // Another may have deleted it meanwhile; what cannot be read is no mail.
            let Ok(bytes) = tokio::fs::read(file.path()).await else { continue };
            if ReadMail::parse(&bytes).to == to {
                let _ = tokio::fs::remove_file(file.path()).await;
            }
        }
        Ok(())
    }
}

/// Sends over SMTP: `smtp://user:password@host:587?tls=required` or `smtps://…`.
pub struct SmtpMailer {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    pub fn new(from: &str, url: &str) -> Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| Error::internal(format!("STOA_SMTP_URL: {error}")))?
            .build();
        Ok(Self { from: sender(from)?, transport })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<()> {
        self.transport.send(message(&self.from, mail)?).await.map_err(Error::internal)?;
        Ok(())
    }
}

fn sender(from: &str) -> Result<Mailbox> {
    from.parse().map_err(|error| Error::internal(format!("STOA_MAIL_FROM: {error}")))
}

//! `stoa seller`, `stoa user`, `stoa token`.

use std::io::Read;

use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use stoa_identity::{auth, sellers};
use stoa_identity_types::{CreateKey, CreateSeller, CreateUser, Password, RoleName, SellerView};
use stoa_kernel::{Ctx, ErrorKind};
use stoa_types::Id;

use super::out;
use crate::{config::Config, wire};

#[derive(Subcommand)]
pub enum Seller {
    /// Open a shop
    Create {
        /// Address part of the shop's page, such as `kleio`
        #[arg(long)]
        slug: String,
        /// Name shoppers see
        #[arg(long)]
        name: String,
        /// Where the shop is reached
        #[arg(long)]
        email: String,
        /// Country it ships from, two letters
        #[arg(long, default_value = "GR")]
        country: String,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// All shops
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Role {
    Shopper,
    Seller,
    Staff,
    Admin,
}

#[derive(Subcommand)]
pub enum User {
    /// Add somebody who can sign in
    Create {
        #[arg(long)]
        email: String,
        /// Name shown to colleagues; the address unless given
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_enum)]
        role: Role,
        /// Shop the person works for (role seller)
        #[arg(long, value_name = "SLUG")]
        seller: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum Token {
    /// Make an API key and print it once
    Create {
        /// What it is for
        #[arg(long, default_value = "command line")]
        name: String,
        /// Permissions, separated by commas, such as orders.read,products.write
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// Only this shop's records
        #[arg(long, value_name = "SLUG")]
        seller: Option<String>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// What a key can be allowed
    Scopes,
}

pub async fn seller(config: &Config, command: Seller) -> Result<()> {
    let app = match command {
        Seller::Create { .. } => wire::app(config).await?,
        Seller::List { .. } => wire::existing(config).await?,
    };
    let ctx = Ctx::system(&app);
    match command {
        Seller::Create { slug, name, email, country, json } => {
            let input = CreateSeller { slug, name, email, country, description: None, commission_bp: None };
            let view = sellers::create(&ctx, input).await?;
            print_seller(&view, json)?;
        }
        Seller::List { json } => {
            let mut query = stoa_types::PageQuery { after: None, limit: Some(100) };
            loop {
                let page = sellers::list(&ctx, &query).await?;
                page.items.iter().try_for_each(|view| print_seller(view, json))?;
                match page.next {
                    Some(next) => query = stoa_types::PageQuery { after: Some(next), limit: Some(100) },
                    None => break,
                }
            }
        }
    }
    Ok(())
}

fn print_seller(view: &SellerView, json: bool) -> Result<()> {
    if json {
        out::line(serde_json::to_string(view)?)
    } else {
        out::line(format_args!("{}  {:<24} {}", view.id, view.slug, view.name))
    }
}

pub async fn user(config: &Config, command: User) -> Result<()> {
    let User::Create { email, name, role, seller, password_stdin, json } = command;
    if !password_stdin {
        bail!("give the password on standard input: printf '%s' … | stoa user create … --password-stdin");
    }
    if matches!(role, Role::Seller) && seller.is_none() {
        bail!("a seller works for a shop: add --seller SLUG (`stoa seller list` shows them)");
    }
    let app = wire::app(config).await?;
    let ctx = Ctx::system(&app);
    let seller = match seller {
        None => None,
        Some(slug) => Some(shop(&ctx, &slug).await?),
    };
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).context("no password on standard input")?;
    let role = match role {
        Role::Shopper => RoleName::Shopper,
        Role::Seller => RoleName::Seller,
        Role::Staff => RoleName::Staff,
        Role::Admin => RoleName::Admin,
    };
    let name = name.unwrap_or_else(|| email.clone());
    let password = Password::new(password.trim_end_matches(['\r', '\n']));
    let view = auth::create_user(&ctx, CreateUser { email, name, password, role, seller }).await?;
    if json {
        out::line(serde_json::to_string(&view)?)
    } else {
        out::line(format_args!("{}  {}", view.id, view.email))
    }
}

pub async fn token(config: &Config, command: Token) -> Result<()> {
    match command {
        Token::Scopes => scopes().iter().try_for_each(out::line),
        Token::Create { name, scopes, seller, json } => {
            let app = wire::existing(config).await?;
            let ctx = Ctx::system(&app);
            let seller = match seller {
                Some(slug) => Some(shop(&ctx, &slug).await?),
                None => None,
            };
            let key = auth::create_key(&ctx, CreateKey { name, scopes, seller, expires_at: None }).await;
            let key = key.map_err(|error| match error.kind() {
                ErrorKind::Invalid => anyhow::Error::from(error).context("`stoa token scopes` lists them"),
                _ => error.into(),
            })?;
            eprintln!("Keep this key: it is shown only now. Send it as `Authorization: Bearer …`.");
            if json { out::line(serde_json::to_string(&key)?) } else { out::line(key.secret) }
        }
    }
}

/// Everything a key can be allowed, in order.
fn scopes() -> Vec<&'static str> {
    let mut names: Vec<&'static str> =
        wire::modules().iter().flat_map(|module| module.permissions).map(|permission| permission.0).collect();
    names.sort_unstable();
    names.dedup();
    names
}

async fn shop(ctx: &Ctx, slug: &str) -> Result<Id<stoa_types::Seller>> {
    let found = sellers::by_slug(ctx, slug).await;
    Ok(found.with_context(|| format!("no shop is called “{slug}” (`stoa seller list` shows them)"))?.id)
}

//! Ledger: every movement of money booked twice.
//!
//! An entry has lines whose amounts sum to zero: debit positive, credit negative, minor
//! units of one currency. Entries are never altered: a mistake is undone by an entry of
//! its own ([`reverse`]). Each entry has a key, so the same event books once.
//!
//! Who posts: payments the money that reaches and leaves the provider, orders its share
//! among sellers and commission, refunds the way back.
//!
//! Tables: journal_entry, journal_line.

use std::fmt;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use stoa_kernel::{Code, Ctx, Error, ErrorKind, Module, Result, Tx, db, new_id, personal::PersonalTable};
use stoa_payments_entities::{journal_entry, journal_line};
use stoa_types::{Currency, Id, JournalEntry, Order, Payment, Refund, Seller, Uuid};

/// The lines do not sum to zero, or there are none.
pub const UNBALANCED: Code = Code::new("ledger.unbalanced", ErrorKind::Invalid);
/// The key was used for another entry.
pub const KEY_REUSED: Code = Code::new("ledger.key_reused", ErrorKind::Conflict);
/// The entry was reversed before.
pub const ALREADY_REVERSED: Code = Code::new("ledger.already_reversed", ErrorKind::Conflict);

/// The service.
pub const MODULE: Module = Module {
    number: 35,
    slug: "ledger",
    codes: &[UNBALANCED, KEY_REUSED, ALREADY_REVERSED],
    personal: &[
        PersonalTable { table: "journal_entry", columns: &[] },
        PersonalTable { table: "journal_line", columns: &[] },
    ],
    ..Module::EMPTY
};

/// An account of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// Money the payment provider holds for us.
    PspClearing,
    /// Money shoppers paid that is not shared out yet.
    CustomerFunds,
    /// What we owe one seller.
    SellerPayable(Id<Seller>),
    /// The marketplace's share of sales.
    CommissionIncome,
    /// Delivery the marketplace charges for itself.
    DeliveryIncome,
    /// Tax the marketplace itself owes.
    TaxPayable,
    /// Refunds the marketplace bears.
    Refunds,
    /// Cents that no split can place.
    Rounding,
}

impl Account {
    fn seller(self) -> Option<Uuid> {
        match self {
            Self::SellerPayable(seller) => Some(seller.uuid()),
            _ => None,
        }
    }
}

/// As stored, such as `psp_clearing` or `seller_payable:sel_…`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PspClearing => f.write_str("psp_clearing"),
            Self::CustomerFunds => f.write_str("customer_funds"),
            Self::SellerPayable(seller) => write!(f, "seller_payable:{seller}"),
            Self::CommissionIncome => f.write_str("commission_income"),
            Self::DeliveryIncome => f.write_str("delivery_income"),
            Self::TaxPayable => f.write_str("tax_payable"),
            Self::Refunds => f.write_str("refunds"),
            Self::Rounding => f.write_str("rounding"),
        }
    }
}

/// An entry to be booked.
#[derive(Debug, Clone)]
pub struct Journal {
    /// What is booked, such as `capture:<id>`; booked once.
    pub key: String,
    pub description: String,
    pub currency: Currency,
    /// Account and minor units: debit positive, credit negative. Zero amounts are left out.
    pub lines: Vec<(Account, i64)>,
    pub order: Option<Id<Order>>,
    pub payment: Option<Id<Payment>>,
    pub refund: Option<Id<Refund>>,
}

/// Books an entry in the caller's transaction. The same key again answers the entry that
/// is there; with other lines it is refused with [`KEY_REUSED`]. Lines that do not sum
/// to zero: [`UNBALANCED`].
pub async fn post(tx: &Tx, ctx: &Ctx, journal: Journal) -> Result<Id<JournalEntry>> {
    let lines: Vec<(Account, i64)> =
        journal.lines.iter().copied().filter(|(_, amount)| *amount != 0).collect();
    let sum: i128 = lines.iter().map(|(_, amount)| i128::from(*amount)).sum();
    if lines.is_empty() || sum != 0 {
        return Err(UNBALANCED.error("Debit and credit differ.").fact("difference", sum));
    }
    let id = new_id::<JournalEntry>();
    let entry = journal_entry::ActiveModel {
        id: Set(id.uuid()),
        key: Set(journal.key.clone()),
        description: Set(journal.description),
        currency: Set(journal.currency.to_string()),
        order_id: Set(journal.order.map(Id::uuid)),
        payment_id: Set(journal.payment.map(Id::uuid)),
        refund_id: Set(journal.refund.map(Id::uuid)),
        reverses_id: Set(None),
        posted_at: Set(ctx.now),
    };
    let inserted = journal_entry::Entity::insert(entry)
        .on_conflict_do_nothing_on([journal_entry::Column::Key])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&inserted) {
        return same(tx, &journal.key, journal.currency, &lines).await;
    }
    let rows = lines.iter().enumerate().map(|(position, (account, amount))| journal_line::ActiveModel {
        id: Set(Uuid::now_v7()),
        entry_id: Set(id.uuid()),
        position: Set(position as i32),
        account: Set(account.to_string()),
        seller_id: Set(account.seller()),
        currency: Set(journal.currency.to_string()),
        amount: Set(*amount),
    });
    journal_line::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(id)
}

/// Books the opposite of an entry, at most once; `key` names the reversal.
pub async fn reverse(tx: &Tx, ctx: &Ctx, entry: Id<JournalEntry>, key: &str) -> Result<Id<JournalEntry>> {
    let row = journal_entry::Entity::find_by_id(entry.uuid())
        .one(tx)
        .await?
        .ok_or_else(|| Error::not_found("journal entry"))?;
    let done =
        journal_entry::Entity::find().filter(journal_entry::Column::ReversesId.eq(row.id)).one(tx).await?;
    if let Some(done) = done {
        if done.key == key {
            return Ok(Id::new(done.id));
        }
        return Err(ALREADY_REVERSED.error("This entry was reversed before."));
    }
    let lines = lines_of(tx, row.id).await?;
    let id = new_id::<JournalEntry>();
    let entry = journal_entry::ActiveModel {
        id: Set(id.uuid()),
        key: Set(key.to_owned()),
        description: Set(format!("Reversal: {}", row.description)),
        currency: Set(row.currency.clone()),
        order_id: Set(row.order_id),
        payment_id: Set(row.payment_id),
        refund_id: Set(row.refund_id),
        reverses_id: Set(Some(row.id)),
        posted_at: Set(ctx.now),
    };
    let inserted = journal_entry::Entity::insert(entry)
        .on_conflict_do_nothing_on([journal_entry::Column::ReversesId])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&inserted) {
        return Err(ALREADY_REVERSED.error("This entry was reversed before."));
    }
    let opposite = lines.into_iter().map(|line| journal_line::ActiveModel {
        id: Set(Uuid::now_v7()),
        entry_id: Set(id.uuid()),
        position: Set(line.position),
        account: Set(line.account),
        seller_id: Set(line.seller_id),
        currency: Set(line.currency),
        amount: Set(-line.amount),
    });
    journal_line::Entity::insert_many(opposite).exec_without_returning(tx).await?;
    Ok(id)
}

/// The entry under this key, if it says the same.
async fn same(tx: &Tx, key: &str, currency: Currency, lines: &[(Account, i64)]) -> Result<Id<JournalEntry>> {
    let row = journal_entry::Entity::find().filter(journal_entry::Column::Key.eq(key)).one(tx).await?;
    let row = row.ok_or_else(|| Error::internal("a journal entry that is there and is not"))?;
    let stored: Vec<(String, i64)> =
        lines_of(tx, row.id).await?.into_iter().map(|line| (line.account, line.amount)).collect();
    let asked: Vec<(String, i64)> =
        lines.iter().map(|(account, amount)| (account.to_string(), *amount)).collect();
    if stored == asked && row.currency == currency.code() {
        return Ok(Id::new(row.id));
    }
    Err(KEY_REUSED.error("This key was booked with other lines.").fact("key", key))
}

async fn lines_of(tx: &Tx, entry: Uuid) -> Result<Vec<journal_line::Model>> {
    Ok(journal_line::Entity::find()
        .filter(journal_line::Column::EntryId.eq(entry))
        .order_by_asc(journal_line::Column::Position)
        .all(tx)
        .await?)
}

/// What one account holds: debit positive, credit negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBalance {
    pub account: String,
    pub currency: String,
    pub balance: i64,
}

/// Every account's balance; per currency they sum to zero.
pub async fn trial_balance(conn: &impl ConnectionTrait) -> Result<Vec<AccountBalance>> {
    let sql = "SELECT account, currency, CAST(SUM(amount) AS BIGINT) AS balance FROM journal_line \
               GROUP BY account, currency ORDER BY currency, account";
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    rows.iter()
        .map(|row| {
            Ok(AccountBalance {
                account: row.try_get("", "account")?,
                currency: row.try_get("", "currency")?,
                balance: row.try_get("", "balance")?,
            })
        })
        .collect()
}

/// One account's balance: debit positive, credit negative.
pub async fn balance_of(conn: &impl ConnectionTrait, account: &Account, currency: Currency) -> Result<i64> {
    let amounts: Option<Option<i64>> = journal_line::Entity::find()
        .select_only()
        .column_as(sea_orm::sea_query::Expr::cust("CAST(SUM(amount) AS BIGINT)"), "balance")
        .filter(journal_line::Column::Account.eq(account.to_string()))
        .filter(journal_line::Column::Currency.eq(currency.code()))
        .into_tuple()
        .one(conn)
        .await?;
    Ok(amounts.flatten().unwrap_or(0))
}

//! Writing what a file describes: product by product, each all or nothing.

use std::{
    collections::HashSet,
    io::{self, Read},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use stoa_catalog::products;
use stoa_catalog_types::{AttributeInput, ImportChange, OptionInput, ProductInput, VariantImport};
use stoa_channels_types::{ImportReport, Outcome, RowIssue, RowOutcome, Severity};
use stoa_fulfilment::inventory;
use stoa_identity::sellers;
use stoa_kernel::{Ctx, Error, ErrorKind, Result, Tx, db, new_id};
use stoa_pricing::prices;
use stoa_types::{Currency, Id, Seller, Sku};
use tokio::sync::mpsc;

use super::{
    FILE_BINARY, FILE_EMPTY, FILE_NOT_UTF8, FILE_TOO_LARGE, FILE_UNREADABLE, FORMAT_OTHER, HEADER_UNKNOWN,
    IMPORT,
    drafts::{Drafts, Parsed, Settings, read_products, sku_key},
    model::{DraftStatus, ProductDraft},
    pictures::{Found, Pictures, Recorded},
    sniff::{Format, Refusal},
    store::{self, Key, Offer, Offers, Parts, Remembered},
};

/// How many products a report names one by one; the counts are always complete.
pub const KEPT_ROWS: usize = 10_000;

/// Products read ahead of the one being written.
const READ_AHEAD: usize = 16;

/// A file to bring in.
pub struct ImportRequest {
    /// The file's bytes from its beginning.
    pub reader: Box<dyn Read + Send>,
    /// Its size in bytes.
    pub size: u64,
    /// The format it is said to have; another one is refused. `None` takes any.
    pub format: Option<Format>,
    /// Whose products they become.
    pub seller: Id<Seller>,
    /// What its prices are in; files do not say.
    pub currency: Currency,
    /// Category for every product, names from the outermost in, instead of the file's.
    pub category: Option<Vec<String>>,
    /// Show to shoppers what the file shows and what has all a shopper needs.
    pub publish: bool,
    /// Say what would happen and write nothing: each product goes the whole way, and its
    /// transaction is undone. A code that one product of the file gives up to another counts
    /// as taken still.
    pub dry_run: bool,
    /// Where pictures named without an address lie.
    pub images: Option<PathBuf>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far; reading runs a little ahead of writing.
    pub bytes: u64,
    /// Bytes in all.
    pub size: u64,
    /// Products dealt with.
    pub products: u64,
}

/// Brings in a catalogue file and reports what became of each product.
///
/// A product goes in whole, with prices and stock, in a transaction of its own; one that
/// is refused leaves the others alone. The same file again writes nothing. From a changed
/// file only what it changed is written, part by part, so what was edited or sold in
/// between stays. A product that cannot be published yet goes in as a draft, with a
/// warning.
///
/// Needs `channels.import`, for one's own shop unless platform-wide.
///
/// # Errors
/// Refuses a file that is no catalogue before anything is written. A failure of the
/// database ends the import; what went in before stays, and the import can be repeated.
pub async fn import(
    ctx: &Ctx,
    request: ImportRequest,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport> {
    ctx.scope(IMPORT)?.allows(Some(request.seller.uuid()), "seller")?;
    if sellers::names(ctx.db().read(), &[request.seller]).await?.is_empty() {
        return Err(Error::not_found("seller"));
    }
    let settings = Settings {
        limit_bytes: ctx.app.settings.import_limit,
        expected: request.format,
        ..Settings::new(request.currency)
    };
    let bytes = Arc::new(AtomicU64::new(0));
    let reader = Box::new(Counted { inner: request.reader, bytes: bytes.clone() });
    let size = request.size;
    let drafts = tokio::task::spawn_blocking(move || read_products(reader, size, &settings))
        .await
        .map_err(Error::internal)?
        .map_err(|refusal| refuse(&refusal))?;
    let mut importer = Importer {
        source: match drafts.format() {
            Format::Shopify => "shopify",
            Format::Vendure => "vendure",
        },
        seller: request.seller,
        category: request.category,
        publish: request.publish,
        dry_run: request.dry_run,
        pictures: Pictures {
            seller: request.seller,
            folder: request.images.and_then(|folder| folder.canonicalize().ok()),
            dry_run: request.dry_run,
        },
        made: HashSet::new(),
    };
    let mut products = read_ahead(drafts);
    let mut report = ImportReport { dry_run: importer.dry_run, ..ImportReport::default() };
    while let Some(parsed) = products.recv().await {
        let parsed =
            parsed.map_err(|error| FILE_UNREADABLE.error(format!("The file could not be read: {error}")))?;
        report.record(importer.take(&ctx.renewed(), parsed).await?, KEPT_ROWS);
        progress(Progress { bytes: bytes.load(Ordering::Relaxed), size, products: report.counts.products() });
    }
    Ok(report)
}

/// Reads on a thread of its own, at most a few products ahead. It ends when the other
/// side is dropped.
fn read_ahead(drafts: Drafts) -> mpsc::Receiver<io::Result<Parsed>> {
    let (send, receive) = mpsc::channel(READ_AHEAD);
    tokio::task::spawn_blocking(move || {
        for parsed in drafts {
            if send.blocking_send(parsed).is_err() {
                break;
            }
        }
    });
    receive
}

/// The file's refusal as an error of the service.
fn refuse(refusal: &Refusal) -> Error {
    let code = match refusal {
        Refusal::Empty | Refusal::NoRows => FILE_EMPTY,
        Refusal::TooLarge { .. } => FILE_TOO_LARGE,
        Refusal::Binary(_) => FILE_BINARY,
        Refusal::NotUtf8 => FILE_NOT_UTF8,
        Refusal::UnknownHeader { .. } => HEADER_UNKNOWN,
        Refusal::OtherFormat { .. } => FORMAT_OTHER,
        Refusal::Unreadable(_) => FILE_UNREADABLE,
    };
    code.error(refusal.to_string())
}

struct Counted {
    inner: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

struct Importer {
    source: &'static str,
    seller: Id<Seller>,
    category: Option<Vec<String>>,
    publish: bool,
    dry_run: bool,
    pictures: Pictures,
    /// Codes made for SKUs in this dry run: the catalogue forgets them again, and the file
    /// may name one of them further down.
    made: HashSet<String>,
}

/// What became of a product.
struct Dealt {
    outcome: Outcome,
    issues: Vec<RowIssue>,
    /// Codes that were made for its SKUs in a dry run.
    made: Vec<String>,
}

impl Dealt {
    fn with(outcome: Outcome, issues: Vec<RowIssue>) -> Self {
        Self { outcome, issues, made: Vec::new() }
    }
}

impl Importer {
    async fn take(&mut self, ctx: &Ctx, parsed: Parsed) -> Result<RowOutcome> {
        let Parsed { handle, rows, mut issues, draft } = parsed;
        let outcome = match draft {
            Some(draft) => {
                // Shoppers may hold some of the same rows, taken in another order.
                let dealt = db::repeat(|| self.product(ctx, draft.clone())).await?;
                issues.extend(dealt.issues);
                self.made.extend(dealt.made.iter().map(|code| sku_key(code)));
                dealt.outcome
            }
            None => Outcome::Refused,
        };
        issues.sort_by_key(|issue| issue.row);
        Ok(RowOutcome { row: rows.first, last_row: rows.last, handle, outcome, issues })
    }

    async fn product(&self, ctx: &Ctx, mut draft: ProductDraft) -> Result<Dealt> {
        let mut issues = Vec::new();
        if let Some(path) = &self.category {
            draft.category_path.clone_from(path);
        }
        let publish = self.publish && draft.status == DraftStatus::Active;
        let fingerprint = draft.fingerprint();
        let key = Key { seller: self.seller, source: self.source, handle: &draft.handle };
        let known = store::remembered(ctx.db().read(), &key).await?;
        if let Some(known) = &known
            && known.fingerprint == fingerprint
            && (known.published || !publish)
        {
            return Ok(Dealt::with(Outcome::Unchanged, issues));
        }
        // Files are read and stored before the transaction begins.
        let pictures = self.pictures.find(ctx, &draft, &mut issues).await?;
        let tx = ctx.db().begin().await?;
        let mut warnings = Vec::new();
        match self.write(&tx, ctx, &key, &draft, &pictures, known, publish, &mut warnings).await {
            Ok((outcome, made)) => {
                match self.dry_run {
                    true => tx.rollback().await?,
                    false => ctx.db().commit(tx).await?,
                }
                issues.extend(warnings);
                Ok(Dealt { outcome, issues, made })
            }
            Err(error) if is_refusal(&error) => {
                tx.rollback().await?;
                issues.extend(issues_of(&error, &draft, Severity::Error));
                Ok(Dealt::with(Outcome::Refused, issues))
            }
            Err(error) => Err(error),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one caller; everything a product's transaction needs")]
    async fn write(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        key: &Key<'_>,
        draft: &ProductDraft,
        pictures: &Found,
        known: Option<Remembered>,
        publish: bool,
        warnings: &mut Vec<RowIssue>,
    ) -> Result<(Outcome, Vec<String>)> {
        let input = &input_of(self.seller, draft, &self.pictures.record(tx, ctx, pictures).await?);
        let parts = Parts::of(input, &draft.images, pictures.complete);
        let same = known.as_ref().map(|known| parts.same_as(&known.parts)).unwrap_or_default();
        let written = products::import_again(tx, ctx, input, &same).await?;
        let made = self.codes_made(tx, ctx, draft, &written.skus).await?;
        let (before, mut published) =
            known.map_or((Offers::new(), false), |known| (known.offers, known.published));
        let mut offers = Offers::new();
        let mut changed = written.change != ImportChange::Unchanged;
        let (mut prices, mut stock) = (Vec::new(), Vec::new());
        for (sku, variant) in written.skus.iter().zip(&draft.variants) {
            let offer = Offer::of(variant, draft.currency);
            let last = before.get(&sku.uuid());
            if !last.is_some_and(|last| last.same_price(&offer)) {
                prices.push((*sku, offer.set_price(draft.currency)));
            }
            if last.is_none_or(|last| last.stock != offer.stock) {
                stock.push((*sku, offer.stock));
            }
            offers.insert(sku.uuid(), offer);
        }
        changed |= prices::set_all_in(tx, ctx, self.seller, &prices).await? > 0;
        // In the order in which checkouts take them: one that holds the stock of a variant and
        // waits for the next would wait for us, and we for it.
        stock.sort_unstable();
        for (sku, units) in stock {
            let action = format!("import:{}", new_id::<Sku>().uuid());
            changed |= inventory::set_in(tx, ctx, sku, self.seller, units, "imported", &action).await?;
        }
        if publish {
            match products::publish_in(tx, ctx, written.product).await {
                Ok(first) => {
                    changed |= first;
                    published = true;
                }
                // The gate only looks; what was written before it is whole.
                Err(error) if is_refusal(&error) => {
                    warnings.extend(issues_of(&error, draft, Severity::Warning))
                }
                Err(error) => return Err(error),
            }
        }
        // A picture that is missing is looked for again.
        let fingerprint = if pictures.complete { draft.fingerprint() } else { String::new() };
        let now = Remembered { fingerprint, parts: parts.became(&written.skus), offers, published };
        store::remember(tx, ctx, key, written.product, now).await?;
        let outcome = match written.change {
            ImportChange::Created => Outcome::Created,
            _ if changed => Outcome::Updated,
            _ => Outcome::Unchanged,
        };
        Ok((outcome, made))
    }

    /// What a dry run has to know of codes that its other products will not find in the
    /// catalogue: refuses those that an earlier one of them was given, as the catalogue
    /// would; answers those that were made for this one.
    async fn codes_made(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        draft: &ProductDraft,
        skus: &[Id<Sku>],
    ) -> Result<Vec<String>> {
        if !self.dry_run {
            return Ok(Vec::new());
        }
        for (place, variant) in draft.variants.iter().enumerate() {
            let taken = variant.sku.as_deref().filter(|code| self.made.contains(&sku_key(code)));
            if let Some(code) = taken {
                return Err(products::sku_taken(code, &format!("variants/{place}/sku")));
            }
        }
        let without = draft.variants.iter().zip(skus).filter(|(variant, _)| variant.sku.is_none());
        let without: Vec<Id<Sku>> = without.map(|(_, sku)| *sku).collect();
        let cards = products::sku_cards(tx, ctx, &without).await?;
        Ok(cards.into_values().map(|card| card.code).collect())
    }
}

fn input_of(seller: Id<Seller>, draft: &ProductDraft, pictures: &Recorded) -> ProductInput {
    // Shoppers filter products, so what is said of a variant is said of its product.
    let kind = draft.product_type.iter().map(|kind| ("Type", kind.as_str()));
    let told = draft.attributes.iter().chain(draft.variants.iter().flat_map(|variant| &variant.attributes));
    let mut attributes: Vec<AttributeInput> = Vec::new();
    for (name, value) in kind.chain(told.map(|told| (told.name.as_str(), told.value.as_str()))) {
        let attribute = AttributeInput { name: name.to_owned(), value: value.to_owned() };
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    let options = draft.options.iter();
    ProductInput {
        seller,
        handle: draft.handle.clone(),
        title: draft.title.clone(),
        maker: draft.vendor.clone(),
        description_html: draft.description_html.clone(),
        category_path: draft.category_path.clone(),
        tags: draft.tags.clone(),
        attributes,
        options: options
            .map(|axis| OptionInput { name: axis.name.clone(), values: axis.values.clone() })
            .collect(),
        variants: draft
            .variants
            .iter()
            .map(|variant| VariantImport {
                options: variant.options.clone(),
                sku: variant.sku.clone(),
                gtin: variant.barcode.clone(),
                weight_grams: variant.weight_grams,
                picture: variant.image.as_ref().and_then(|image| pictures.places.get(image).copied()),
            })
            .collect(),
        pictures: pictures.inputs.clone(),
        seo_title: draft.seo.title.clone(),
        seo_description: draft.seo.description.clone(),
    }
}

/// Whether an error is about the product rather than about us.
pub(super) fn is_refusal(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::Internal
            | ErrorKind::Unavailable
            | ErrorKind::BadGateway
            | ErrorKind::TooMany
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
    )
}

/// A refusal of the catalogue, told by the file's rows.
fn issues_of(error: &Error, draft: &ProductDraft, severity: Severity) -> Vec<RowIssue> {
    let problem = error.problem(None);
    if problem.errors.is_empty() {
        return vec![issue(draft.rows.first, &problem.code, problem.detail, severity)];
    }
    problem
        .errors
        .into_iter()
        .map(|field| {
            // `variants/3/sku` is about the fourth variant's row.
            let place =
                field.field.strip_prefix("variants/").and_then(|rest| rest.split('/').next()?.parse().ok());
            let variant = place.and_then(|place: usize| draft.variants.get(place));
            issue(
                variant.map_or(draft.rows.first, |variant| variant.row),
                &field.code,
                field.message,
                severity,
            )
        })
        .collect()
}

pub(super) fn issue(row: u64, code: &str, message: String, severity: Severity) -> RowIssue {
    RowIssue { row, line: 0, column: None, code: code.to_owned(), message, severity }
}

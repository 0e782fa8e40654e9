//! Writing what a file describes: product by product, each all or nothing.

use std::{
    collections::HashMap,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use stoa_catalog::{
    media::{self, MediaMeta},
    products,
};
use stoa_catalog_types::{
    AttributeInput, ImportChange, OptionInput, PictureInput, PictureSource, ProductInput, VariantImport,
};
use stoa_channels_types::{ImportReport, Outcome, RowIssue, RowOutcome, Severity};
use stoa_fulfilment::inventory;
use stoa_identity::sellers;
use stoa_kernel::{Ctx, Error, ErrorKind, Result, Tx, db, new_id};
use stoa_pricing::prices;
use stoa_pricing_types::SetPrice;
use stoa_types::{Asset, Currency, Id, Money, Seller, Sku};
use tokio::sync::mpsc;

use super::{
    FILE_BINARY, FILE_EMPTY, FILE_NOT_UTF8, FILE_TOO_LARGE, FILE_UNREADABLE, FORMAT_OTHER, HEADER_UNKNOWN,
    IMPORT,
    cells::codes,
    drafts::{Drafts, Parsed, Settings, read_products},
    model::{DraftStatus, ImageSource, ProductDraft},
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
    /// Say what would happen and write nothing.
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
    let importer = Importer {
        source: match drafts.format() {
            Format::Shopify => "shopify",
            Format::Vendure => "vendure",
        },
        seller: request.seller,
        category: request.category,
        publish: request.publish,
        dry_run: request.dry_run,
        images: request.images.and_then(|folder| folder.canonicalize().ok()),
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
    images: Option<PathBuf>,
}

/// The pictures of a product that can be had.
struct Pictures {
    inputs: Vec<PictureInput>,
    places: HashMap<ImageSource, usize>,
    complete: bool,
}

impl Importer {
    async fn take(&self, ctx: &Ctx, parsed: Parsed) -> Result<RowOutcome> {
        let Parsed { handle, rows, mut issues, draft } = parsed;
        let outcome = match draft {
            Some(draft) => {
                // Shoppers may hold some of the same rows, taken in another order.
                let (outcome, found) = db::repeat(|| self.product(ctx, draft.clone())).await?;
                issues.extend(found);
                outcome
            }
            None => Outcome::Refused,
        };
        issues.sort_by_key(|issue| issue.row);
        Ok(RowOutcome { row: rows.first, last_row: rows.last, handle, outcome, issues })
    }

    async fn product(&self, ctx: &Ctx, mut draft: ProductDraft) -> Result<(Outcome, Vec<RowIssue>)> {
        let mut issues = Vec::new();
        if let Some(path) = &self.category {
            draft.category_path.clone_from(path);
        }
        let publish = self.publish && draft.status == DraftStatus::Active;
        let fingerprint = draft.fingerprint();
        let key = Key { seller: self.seller, source: self.source, handle: &draft.handle };
        let known = store::remembered(ctx.db().read(), &key).await?;
        match &known {
            Some(known) if known.fingerprint == fingerprint && (known.published || !publish) => {
                return Ok((Outcome::Unchanged, issues));
            }
            Some(_) if self.dry_run => return Ok((Outcome::Updated, issues)),
            None if self.dry_run => return Ok((Outcome::Created, issues)),
            _ => {}
        }
        // Files are read and stored before the transaction begins.
        let pictures = self.pictures(ctx, &draft, &mut issues).await?;
        let fingerprint = if pictures.complete { fingerprint } else { String::new() };
        let input = input_of(self.seller, &draft, &pictures);
        let tx = ctx.db().begin().await?;
        let mut warnings = Vec::new();
        match self.write(&tx, ctx, &key, &draft, &input, known, fingerprint, publish, &mut warnings).await {
            Ok(outcome) => {
                ctx.db().commit(tx).await?;
                issues.extend(warnings);
                Ok((outcome, issues))
            }
            Err(error) if is_refusal(&error) => {
                tx.rollback().await?;
                issues.extend(issues_of(&error, &draft, Severity::Error));
                Ok((Outcome::Refused, issues))
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
        input: &ProductInput,
        known: Option<Remembered>,
        fingerprint: String,
        publish: bool,
        warnings: &mut Vec<RowIssue>,
    ) -> Result<Outcome> {
        let parts = Parts::of(input, &draft.images, !fingerprint.is_empty());
        let same = known.as_ref().map(|known| parts.same_as(&known.parts)).unwrap_or_default();
        let written = products::import_again(tx, ctx, input, &same).await?;
        let (before, mut published) =
            known.map_or((Offers::new(), false), |known| (known.offers, known.published));
        let mut offers = Offers::new();
        let mut changed = written.change != ImportChange::Unchanged;
        for (sku, variant) in written.skus.iter().zip(&draft.variants) {
            let offer = Offer::of(variant, draft.currency);
            changed |= self.offer(tx, ctx, *sku, &offer, before.get(&sku.uuid()), draft.currency).await?;
            offers.insert(sku.uuid(), offer);
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
        let now = Remembered { fingerprint, parts: parts.became(&written.skus), offers, published };
        store::remember(tx, ctx, key, written.product, now).await?;
        Ok(match written.change {
            ImportChange::Created => Outcome::Created,
            _ if changed => Outcome::Updated,
            _ => Outcome::Unchanged,
        })
    }

    /// Price and stock, where the file says something else than the last time.
    async fn offer(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        sku: Id<Sku>,
        offer: &Offer,
        last: Option<&Offer>,
        currency: Currency,
    ) -> Result<bool> {
        let mut changed = false;
        if !last.is_some_and(|last| last.same_price(offer)) {
            let price = SetPrice {
                price: Money::new(offer.price, currency),
                compare_at: offer.compare_at.map(|amount| Money::new(amount, currency)),
            };
            changed |= prices::set_in(tx, ctx, sku, price).await?;
        }
        if last.is_none_or(|last| last.stock != offer.stock) {
            let action = format!("import:{}", new_id::<Sku>().uuid());
            changed |= inventory::set_in(tx, ctx, sku, self.seller, offer.stock, "imported", &action).await?;
        }
        Ok(changed)
    }

    async fn pictures(
        &self,
        ctx: &Ctx,
        draft: &ProductDraft,
        issues: &mut Vec<RowIssue>,
    ) -> Result<Pictures> {
        let mut pictures = Pictures { inputs: Vec::new(), places: HashMap::new(), complete: true };
        for image in &draft.images {
            let source = match &image.source {
                ImageSource::Url(url) => PictureSource::Url(url.clone()),
                ImageSource::File(name) => match self.file(ctx, name).await? {
                    Ok(asset) => PictureSource::Asset(asset),
                    Err(message) => {
                        pictures.complete = false;
                        issues.push(issue(
                            draft.rows.first,
                            codes::IMAGE_MISSING,
                            message,
                            Severity::Warning,
                        ));
                        continue;
                    }
                },
            };
            pictures.places.insert(image.source.clone(), pictures.inputs.len());
            pictures.inputs.push(PictureInput { source, alt: image.alt.clone() });
        }
        Ok(pictures)
    }

    /// Stores a picture of the folder; the inner error says why it cannot be used.
    async fn file(&self, ctx: &Ctx, name: &str) -> Result<Result<Id<Asset>, String>> {
        let Some(folder) = &self.images else {
            return Ok(Err(format!("There is no folder of pictures to find “{name}” in. Name one.")));
        };
        let Some(bytes) = picture_bytes(folder, name, ctx.app.settings.upload_limit).await else {
            return Ok(Err(format!("The picture “{name}” is not in the folder, or is too large.")));
        };
        let meta = MediaMeta { seller: Some(self.seller), file_name: Some(name.to_owned()) };
        match media::store(ctx, bytes, meta).await {
            Ok(asset) => Ok(Ok(asset.id)),
            Err(error) if is_refusal(&error) => {
                Ok(Err(format!("The picture “{name}” can't be used. {}", error.problem(None).detail)))
            }
            Err(error) => Err(error),
        }
    }
}

/// The bytes of a file of the folder. A link that leads out of it does not count.
async fn picture_bytes(folder: &Path, name: &str, limit: u64) -> Option<Vec<u8>> {
    let path = tokio::fs::canonicalize(folder.join(name)).await.ok()?;
    let facts = tokio::fs::metadata(&path).await.ok()?;
    if !path.starts_with(folder) || !facts.is_file() || facts.len() > limit {
        return None;
    }
    tokio::fs::read(path).await.ok()
}

fn input_of(seller: Id<Seller>, draft: &ProductDraft, pictures: &Pictures) -> ProductInput {
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
fn is_refusal(error: &Error) -> bool {
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

fn issue(row: u64, code: &str, message: String, severity: Severity) -> RowIssue {
    RowIssue { row, line: 0, column: None, code: code.to_owned(), message, severity }
}

//! The product form: everything of a product on one page, sent as one.

use leptos::prelude::*;
use stoa_catalog_types::ProductStatus;
use stoa_ui::{
    Banner, Button, ButtonKind, Checkbox, Diff, DiffRow, Field, FieldKind, FormSection, FormState,
    IdempotencyKey, Link, MoneyField, PageForm, PageHeader, PageTitle, SaveBar, Select, SelectOption,
    TextArea, Tone, Upload, UploadForm, i18n::link, use_form,
};

use super::{
    PictureForm, ProductForm, SAVE, VariantForm,
    save::{MoveProduct, SaveProduct},
};
use crate::{products::status_badge, text};

/// Options a product may have.
const MOST_OPTIONS: usize = 5;
/// Blank options offered at once.
const BLANK_OPTIONS: usize = 2;

/// What a form shows when it comes back: what was typed, and after somebody else saved
/// meanwhile their values wherever this editor had changed nothing.
#[derive(Clone, Copy)]
struct Kept {
    form: FormState,
    /// Somebody else was faster.
    stale: bool,
}

/// The hidden field that says what `name` was when the form was shown.
fn shown_name(name: &str) -> String {
    match name.strip_suffix(']') {
        Some(open) => format!("{open}_shown]"),
        None => format!("{name}_shown"),
    }
}

/// Browsers send line ends as two characters.
fn same(a: &str, b: &str) -> bool {
    a.replace("\r\n", "\n").trim() == b.replace("\r\n", "\n").trim()
}

impl Kept {
    fn new(form: FormState) -> Self {
        let problem = form.problem().get_untracked();
        Self { form, stale: problem.is_some_and(|problem| problem.code == "kernel.stale_version") }
    }

    fn value(self, name: &str, current: &str) -> String {
        let typed = self.form.value_or(name, current);
        let theirs = self.stale && same(&typed, &self.form.value_or(&shown_name(name), current));
        if theirs { current.to_owned() } else { typed }
    }

    fn checked(self, name: &str, current: bool) -> bool {
        let typed = self.form.checked(name, "true", current);
        let shown = self.form.value_or(&shown_name(name), current.to_string()) == "true";
        if self.stale && typed == shown { current } else { typed }
    }

    /// What the next submit is compared with.
    fn shown(self, name: &str, current: &str) -> AnyView {
        let name = shown_name(name);
        let value = if self.stale { current.to_owned() } else { self.form.value_or(&name, current) };
        view! { <input type="hidden" name=name value=value/> }.into_any()
    }

    /// What both changed, each in another way.
    fn collision(self, label: String, name: &str, current: &str) -> Option<DiffRow> {
        let (typed, shown) =
            (self.form.value_or(name, current), self.form.value_or(&shown_name(name), current));
        let mine = !same(&typed, &shown) && !same(&typed, current);
        (mine && !same(&shown, current)).then(|| DiffRow {
            field: label,
            before: current.to_owned(),
            after: typed,
        })
    }
}

fn variant_name(place: usize, field: &str) -> String {
    format!("variants[{place}][{field}]")
}

fn options(pairs: Vec<(String, String)>) -> Vec<SelectOption> {
    pairs.into_iter().map(|(value, label)| SelectOption::new(value, label)).collect()
}

/// A product that is there: its header around the form.
pub fn record(product: ProductForm) -> AnyView {
    let status = use_form::<MoveProduct>();
    let archived = product.status == Some(ProductStatus::Archived);
    let (intent, label) =
        if archived { ("revive", text::product::revive()) } else { ("archive", text::product::archive()) };
    let see = (product.status == Some(ProductStatus::Published)).then(|| {
        let href = link(&format!("/p/{}", product.slug));
        view! { <Link href=href new_tab=true>{text::product::view()}</Link> }
    });
    let badge = product.status.map(status_badge).unwrap_or_else(|| ().into_any());
    let id = product.id.clone();
    view! {
        <PageTitle text=product.title.clone()/>
        <PageHeader
            title=product.title.clone()
            back_label=text::product::back()
            back_href="/admin/products"
            badge=badge
        >
            {see}
            <PageForm form=status>
                <input type="hidden" name="id" value=id/>
                <Button
                    kind=ButtonKind::Outline
                    name="intent"
                    value=intent
                    pending=status.pending()
                    pending_label=text::product::working()
                >
                    {label}
                </Button>
            </PageForm>
        </PageHeader>
        {if archived {
            view! { <Banner title=text::product::archived_note()/> }.into_any()
        } else {
            form(product)
        }}
    }
    .into_any()
}

/// The form of a product, new or there.
pub fn form(product: ProductForm) -> AnyView {
    let form = use_form::<SaveProduct>();
    let kept = Kept::new(form);
    let new = product.id.is_empty();
    let here = if new { "/admin/products".to_owned() } else { format!("/admin/products/{}", product.id) };
    let conflict = kept.stale.then(|| conflict(kept, &product, here.clone()));
    let version = product.version.to_string();
    let version = if kept.stale { version } else { form.value_or("version", version) };
    let shop = if new {
        view! {
            <Select
                name="seller"
                label=text::product::seller()
                options=options(product.sellers)
                value=form.value("seller")
                error=form.error("seller")
                empty_label=text::product::choose_seller()
                required=true
            />
        }
        .into_any()
    } else {
        view! { <input type="hidden" name="seller" value=product.seller.clone()/> }.into_any()
    };
    let publish = (product.status != Some(ProductStatus::Published)).then(|| {
        view! {
            <Button kind=ButtonKind::Outline name="intent" value="publish">{text::product::publish()}</Button>
        }
    });
    view! {
        {conflict}
        <UploadForm form=form action=SAVE>
            // Enter saves: the first button of a form is the one it presses.
            <button type="submit" class="hidden" tabindex="-1" aria-hidden="true"></button>
            <input type="hidden" name="id" value=product.id/>
            <input type="hidden" name="version" value=version/>
            <input type="hidden" name="currency" value=product.currency/>
            <IdempotencyKey form=form/>
            <FormSection title=text::product::basics() note=product.seller_name>
                {shop}
                <Field
                    name="title"
                    label=text::product::name()
                    value=kept.value("title", &product.title)
                    error=form.error("title")
                    required=true
                />
                {kept.shown("title", &product.title)}
                <Field
                    name="maker"
                    label=text::product::maker()
                    value=kept.value("maker", &product.maker)
                    error=form.error("maker")
                    optional=true
                />
                {kept.shown("maker", &product.maker)}
                <TextArea
                    name="description"
                    label=text::product::description()
                    hint=text::product::description_hint()
                    rows=8
                    value=kept.value("description", &product.description)
                    error=form.error("description")
                    optional=true
                />
                {kept.shown("description", &product.description)}
                <Select
                    name="category"
                    label=text::product::category()
                    options=options(product.categories)
                    value=kept.value("category", &product.category)
                    error=form.error("category")
                    empty_label=text::product::no_category()
                />
                {kept.shown("category", &product.category)}
            </FormSection>
            <FormSection title=text::product::pictures() note=text::product::pictures_note()>
                {pictures(kept, product.pictures)}
            </FormSection>
            <FormSection title=text::product::options() note=text::product::options_note()>
                {option_rows(form, product.options)}
            </FormSection>
            <FormSection title=text::product::offer() note=text::product::offer_note()>
                {variants(kept, product.variants, &product.symbol)}
            </FormSection>
            <SaveBar
                discard_href=here
                label=if new { text::product::create() } else { text::product::save() }
            >
                {publish}
            </SaveBar>
        </UploadForm>
    }
    .into_any()
}

/// What somebody else saved meanwhile, and what both of them changed.
fn conflict(kept: Kept, product: &ProductForm, here: String) -> AnyView {
    let texts = [
        (text::product::name(), "title", &product.title),
        (text::product::maker(), "maker", &product.maker),
        (text::product::description(), "description", &product.description),
    ];
    let mut rows: Vec<DiffRow> = texts
        .into_iter()
        .filter_map(|(label, name, now)| kept.collision(label.to_owned(), name, now))
        .collect();
    for (place, variant) in product.variants.iter().enumerate() {
        let fields = [
            (text::product::sku(), "code", &variant.code),
            (text::product::price(), "price", &variant.price),
            (text::product::stock(), "stock", &variant.stock),
        ];
        rows.extend(fields.into_iter().filter_map(|(label, field, now)| {
            let label = if variant.title.is_empty() {
                label.to_owned()
            } else {
                format!("{}: {label}", variant.title)
            };
            kept.collision(label, &variant_name(place, field), now)
        }));
    }
    let both = (!rows.is_empty()).then(|| {
        view! {
            <p class="mt-1">{text::product::collisions()}</p>
            <Diff caption=text::product::collisions() rows=rows/>
        }
    });
    view! {
        <div class="mb-6">
            <Banner tone=Tone::Warn title=text::product::stale(&product.saved)>
                <p>{text::product::merged()}</p>
                {both}
                <p class="mt-1">
                    <a href=here rel="external" class="underline underline-offset-4">
                        {text::product::reload()}
                    </a>
                </p>
            </Banner>
        </div>
    }
    .into_any()
}

fn pictures(kept: Kept, pictures: Vec<PictureForm>) -> AnyView {
    let form = kept.form;
    let rows = pictures
        .into_iter()
        .enumerate()
        .map(|(place, picture)| {
            let name = |field: &str| format!("pictures[{}][{field}]", picture.asset);
            let (alt, order, remove) = (name("alt"), name("place"), name("remove"));
            let position = (place + 1).to_string();
            let failed = (!picture.error.is_empty()).then(|| {
                view! { <p class="text-sm font-semibold text-bad-fg">{text::product::picture_failed(&picture.error)}</p> }
            });
            view! {
                <li class="flex gap-4 py-4">
                    <img
                        src=picture.src
                        alt=""
                        width="64"
                        height="80"
                        loading="lazy"
                        class="w-16 h-20 shrink-0 rounded-sm bg-sunken object-cover"
                    />
                    <div class="grid flex-1 grid-cols-[1fr_5.5rem] gap-3 min-w-0">
                        <Field
                            label=text::product::alt()
                            value=kept.value(&alt, &picture.alt)
                            error=form.error(&alt)
                            name=alt.clone()
                        />
                        {kept.shown(&alt, &picture.alt)}
                        <Field
                            label=text::product::place()
                            kind=FieldKind::Number
                            value=kept.value(&order, &position)
                            error=form.error(&order)
                            name=order.clone()
                        />
                        {kept.shown(&order, &position)}
                        <div class="col-span-2">
                            <Checkbox
                                label=text::product::remove_picture()
                                checked=form.checked(&remove, "true", false)
                                name=remove
                            />
                            {failed}
                        </div>
                    </div>
                </li>
            }
        })
        .collect_view();
    // What was uploaded with a form that was refused.
    let added: Vec<String> = (0..)
        .map(|number| form.value(&format!("added[{number}]")))
        .take_while(|asset| !asset.is_empty())
        .collect();
    let waiting = i64::try_from(added.len()).ok().filter(|count| *count > 0).map(|count| {
        view! { <p role="status" class="text-sm">{text::product::waiting(count)}</p> }
    });
    let added = added
        .into_iter()
        .enumerate()
        .map(|(number, asset)| view! { <input type="hidden" name=format!("added[{number}]") value=asset/> })
        .collect_view();
    view! {
        <ul class="divide-y divide-line empty:hidden">{rows}</ul>
        {waiting}
        {added}
        <Upload
            name="pictures"
            label=text::product::add_pictures()
            hint=text::product::add_pictures_hint()
            accept="image/jpeg,image/png,image/webp,image/gif"
            multiple=true
            error=form.error("pictures")
        />
    }
    .into_any()
}

fn option_rows(form: FormState, known: Vec<(String, String)>) -> AnyView {
    let blank = BLANK_OPTIONS.min(MOST_OPTIONS.saturating_sub(known.len()));
    let blanks = std::iter::repeat_n((String::new(), String::new()), blank);
    known
        .into_iter()
        .chain(blanks)
        .enumerate()
        .map(|(place, (option, values))| {
            let (name, add) = (format!("options[{place}][name]"), format!("options[{place}][add]"));
            let first = if option.is_empty() {
                view! {
                    <Field
                        label=text::product::option_name()
                        value=form.value(&name)
                        error=form.error(&name)
                        placeholder=text::product::option_example()
                        name=name.clone()
                    />
                }
                .into_any()
            } else {
                view! {
                    <div>
                        <p class="text-sm font-semibold">{option.clone()}</p>
                        <p class="mt-1.5 text-sm text-muted">{values}</p>
                        <input type="hidden" name=name value=option.clone()/>
                    </div>
                }
                .into_any()
            };
            let label = if option.is_empty() {
                text::product::option_values().to_owned()
            } else {
                text::product::option_add(&option)
            };
            view! {
                <div class="grid gap-3 sm:grid-cols-2">
                    {first}
                    <Field
                        label=label
                        value=form.value(&add)
                        error=form.error(&add)
                        placeholder=text::product::values_example()
                        name=add.clone()
                    />
                </div>
            }
        })
        .collect_view()
        .into_any()
}

fn variants(kept: Kept, variants: Vec<VariantForm>, symbol: &str) -> AnyView {
    variants
        .into_iter()
        .enumerate()
        .map(|(place, variant)| variant_row(kept, place, variant, symbol))
        .collect_view()
        .into_any()
}

fn variant_row(kept: Kept, place: usize, variant: VariantForm, symbol: &str) -> AnyView {
    let form = kept.form;
    let name = |field: &str| variant_name(place, field);
    let new = variant.sku.is_empty();
    let active = name("active");
    let offered = if new {
        view! { <input type="hidden" name=active value="true"/> }.into_any()
    } else {
        let current = variant.active;
        view! {
            <div class="self-end">
                <Checkbox
                    label=text::product::offered()
                    checked=kept.checked(&active, current)
                    name=active.clone()
                />
                {kept.shown(&active, &current.to_string())}
            </div>
        }
        .into_any()
    };
    let legend =
        if variant.title.is_empty() { text::product::only_variant().to_owned() } else { variant.title };
    let price = view! {
        <MoneyField
            name=name("price")
            label=text::product::price()
            currency=symbol.to_owned()
            value=kept.value(&name("price"), &variant.price)
            error=form.error(&name("price"))
            required=new
        />
    };
    view! {
        <fieldset class="grid grid-cols-2 gap-x-4 gap-y-3 border-t border-line pt-4 first:border-t-0 first:pt-0 min-w-0">
            <legend class="float-start col-span-2 w-full font-semibold">{legend}</legend>
            <input type="hidden" name=name("sku") value=variant.sku/>
            <div class="col-span-2">
                <Field
                    name=name("code")
                    label=text::product::sku()
                    hint=if new { text::product::sku_new_hint() } else { text::product::sku_hint() }
                    kind=FieldKind::Code
                    value=kept.value(&name("code"), &variant.code)
                    error=form.error(&name("code"))
                    optional=new
                />
                {kept.shown(&name("code"), &variant.code)}
            </div>
            {price}
            {kept.shown(&name("price"), &variant.price)}
            <Field
                name=name("stock")
                label=text::product::stock()
                kind=FieldKind::Number
                unit=text::product::units()
                value=kept.value(&name("stock"), &variant.stock)
                error=form.error(&name("stock"))
            />
            {kept.shown(&name("stock"), &variant.stock)}
            <Field
                name=name("weight_grams")
                label=text::product::weight()
                kind=FieldKind::Number
                unit="g"
                value=kept.value(&name("weight_grams"), &variant.weight)
                error=form.error(&name("weight_grams"))
                optional=true
            />
            {kept.shown(&name("weight_grams"), &variant.weight)}
            {offered}
        </fieldset>
    }
    .into_any()
}

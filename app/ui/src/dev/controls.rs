//! Buttons, fields, choices, forms, messages and what covers a page.

use leptos::prelude::*;

use super::Example;
use crate::*;

#[component]
pub(super) fn Buttons() -> impl IntoView {
    view! {
        <Example name="Kinds">
            <div class="flex flex-wrap items-center gap-3">
                <Button kind=ButtonKind::Brand plain=true>"Pay €91.30"</Button>
                <Button plain=true>"Ship order"</Button>
                <Button kind=ButtonKind::Outline plain=true>"Print slip"</Button>
                <Button kind=ButtonKind::Quiet plain=true>"Discard"</Button>
                <Button kind=ButtonKind::Danger plain=true>"Refund €64.00"</Button>
            </div>
        </Example>
        <Example name="Small, with an icon, pending, unavailable">
            <div class="flex flex-wrap items-center gap-3">
                <Button kind=ButtonKind::Outline small=true plain=true icon=icons::PLUS>"Add note"</Button>
                <Button small=true plain=true>"Save"</Button>
                <Button plain=true pending=true pending_label="Paying €91.30">"Pay €91.30"</Button>
                <Button plain=true attr:aria-disabled="true">"Publish"</Button>
                <span class="text-sm text-muted">"Add a price first"</span>
            </div>
        </Example>
        <Example name="Links and icon buttons">
            <div class="flex flex-wrap items-center gap-4">
                <Link href="#buttons">"Returns and refunds"</Link>
                <Link href="#buttons" kind=LinkKind::RowTitle>"Order 1042"</Link>
                <Link href="#buttons" kind=LinkKind::Back>"Orders"</Link>
                <Link href="#buttons" new_tab=true>"Courier's page"</Link>
                <LinkButton href="#buttons" kind=ButtonKind::Outline>"See cart"</LinkButton>
                <IconButton label="Search" glyph=icons::SEARCH/>
                <IconButton label="Close" glyph=icons::CLOSE/>
                <IconLink href="#buttons" label="Next" glyph=icons::NEXT flip=true/>
            </div>
        </Example>
        <Example name="Menu and popover">
            <div class="flex flex-wrap items-center gap-3">
                <Menu
                    id="dev-menu"
                    label="Actions"
                    items=vec![
                        MenuItem::link("Print slip", "#buttons"),
                        MenuItem::link("Copy link", "#buttons"),
                        MenuItem::link("Cancel order", "#buttons").danger(),
                    ]
                />
                <Menu
                    id="dev-more"
                    label="More actions"
                    more=true
                    items=vec![MenuItem::link("Print slip", "#buttons")]
                />
                <Popover id="dev-popover" label="Delivery">
                    <p class="p-4 max-w-64">"Argo brings it between 9:00 and 17:00."</p>
                </Popover>
            </div>
        </Example>
    }
}

#[component]
pub(super) fn Fields() -> impl IntoView {
    view! {
        <div class="grid md:grid-cols-2 gap-x-10 gap-y-6 items-start">
            <Field
                name="dev-email"
                label="Email"
                hint="For your receipt and tracking"
                kind=FieldKind::Email
                autocomplete="email"
                value="ioanna@example.com"
            />
            <Field
                name="dev-email-wrong"
                label="Email"
                kind=FieldKind::Email
                value="ioanna@"
                error="Enter an email address, like name@example.com"
            />
            <Field name="dev-password" label="Password" kind=FieldKind::Password value="kiln-and-olive"/>
            <Field name="dev-tracking" label="Tracking number" kind=FieldKind::Code value="AR 1290 4471 GR" optional=true/>
            <Field name="dev-locked" label="Shop address" value="stoa.example/shop/kleio" read_only=true/>
            <Field name="dev-weight" label="Weight" kind=FieldKind::Decimal value="1.2" unit="kg"/>
            <TextArea
                name="dev-note"
                label="Gift note"
                optional=true
                max_length=80
                value="Happy name day, Eleni. The bowl is from the potter we met on Sifnos."
            />
            <Select
                name="dev-country"
                label="Country"
                empty_label="Choose a country"
                options=vec![
                    SelectOption::new("GR", "Greece"),
                    SelectOption::new("DE", "Germany"),
                    SelectOption::new("FR", "France"),
                ]
                value="GR"
            />
            <MoneyField name="dev-price" label="Price" currency="€" value="64.00" hint="With VAT"/>
            <MoneyField
                name="dev-compare"
                label="Compare at"
                currency="€"
                value="0.00"
                error="Price must be above €0.00"
            />
            <DateField name="dev-from" label="Starts" value="1 May 2026" zone="Athens"/>
            <div class="flex flex-wrap items-start gap-6">
                <Quantity name="dev-quantity" label="Quantity of Salt-glazed jug" value=2 max=9/>
                <Quantity
                    name="dev-quantity-max"
                    label="Quantity of Walnut board"
                    value=3
                    max=3
                    max_note="Only 3 left"
                    small=true
                />
            </div>
            <Upload
                name="dev-media"
                label="Pictures"
                accept="image/jpeg,image/png,image/webp"
                multiple=true
                hint="JPG, PNG or WebP, up to 10 MB each"
                files=vec![
                    UploadedFile {
                        name: "jug-front.jpg".into(),
                        size: "1.2 MB".into(),
                        remove: "1".into(),
                        ..UploadedFile::default()
                    },
                    UploadedFile {
                        name: "jug-inside.tiff".into(),
                        error: "Choose a JPG, PNG or WebP".into(),
                        remove: "2".into(),
                        ..UploadedFile::default()
                    },
                ]
            />
            <SearchBox action="/dev/ui" label="Search everything" placeholder="Search" name="dev-q"/>
        </div>
    }
}

#[component]
pub(super) fn Choices() -> impl IntoView {
    view! {
        <div class="grid md:grid-cols-2 gap-x-10 gap-y-8 items-start">
            <RadioGroup
                name="dev-delivery"
                legend="Delivery from Kleio"
                boxed=true
                options=vec![
                    ChoiceOption::new("std", "Thu 14 to Sat 16 May").note("Argo, to your door").end("€4.90"),
                    ChoiceOption::new("exp", "Wed 13 May").note("Hermes, before 12:00").end("€9.50"),
                    ChoiceOption::new("pick", "From Tue 12 May").note("Pick up in Athens, Ermou 14").end("Free"),
                ]
                value="std"
            />
            <ChoiceRows legend="How do you want to pay?">
                <ChoiceRow name="dev-method" value="card" label="Card" checked=true>
                    <CardFields
                        prefix="dev-card"
                        issues=vec![Issue::new("dev-card[cvc]", "Enter the 3 digits on the back")]
                    />
                </ChoiceRow>
                <ChoiceRow name="dev-method" value="bank" label="Bank transfer" note="Ships when the money arrives"/>
            </ChoiceRows>
            <CheckboxGroup
                name="dev-status"
                legend="Status"
                options=vec![
                    ChoiceOption::new("paid", "Paid"),
                    ChoiceOption::new("held", "Held"),
                    ChoiceOption::new("shipped", "Shipped"),
                ]
                values=vec!["paid".into()]
            />
            <div class="flex flex-col gap-3">
                <Checkbox name="dev-same" label="Billing address is the same" checked=true/>
                <Checkbox
                    name="dev-terms"
                    label="I have read what happens to my data"
                    error="Tick this to go on"
                />
                <form method="post" action="/dev/ui">
                    <Switch name="dev-holiday" label="On holiday" note="Your shop stays visible, orders wait" on=true/>
                </form>
                <form method="post" action="/dev/ui">
                    <Switch name="dev-mails" label="Mail me each order"/>
                </form>
            </div>
        </div>
    }
}

#[component]
pub(super) fn Forms() -> impl IntoView {
    let issues = vec![
        Issue::new("dev-addr[postcode]", "Enter a postcode for Greece, like 104 31"),
        Issue::new("dev-addr[city]", "Enter a city"),
    ];
    view! {
        <div class="grid md:grid-cols-2 gap-x-10 gap-y-8 items-start">
            <Example name="Address with answers to correct">
                <form class="flex flex-col gap-6" novalidate=true>
                    <ErrorSummary issues=issues.clone()/>
                    <Address
                        prefix="dev-addr"
                        issues=issues
                        countries=vec![SelectOption::new("GR", "Greece")]
                        values=AddressValues {
                            name: "Ioanna Pappa".into(),
                            line1: "Ermou 14".into(),
                            postcode: "1043".into(),
                            ..AddressValues::default()
                        }
                    />
                    <Button kind=ButtonKind::Outline>"Continue to payment"</Button>
                </form>
            </Example>
            <Example name="Step, summary rows and totals">
                <div class="flex flex-col gap-6">
                    <Stepper
                        steps=["Your shop", "You", "Documents", "Get paid"].map(|label| Step::new(label, "#forms")).to_vec()
                        now=3
                    />
                    <div>
                        <SummaryRow label="Contact" value="ioanna@example.com" change_href="#forms"/>
                        <SummaryRow label="Address" value="Ioanna Pappa, Ermou 14, 104 31 Athens" change_href="#forms"/>
                        <SummaryRow label="Delivery" value="Thu 14 to Sat 16 May, Argo" change_href="#forms"/>
                    </div>
                    <Totals lines=vec![
                        TotalLine::new("2 items", "€86.40"),
                        TotalLine::new("Delivery", "€4.90").note("1 parcel, Argo"),
                        TotalLine::new("Total", "€91.30").note("incl. €17.67 VAT").total(),
                    ]/>
                </div>
            </Example>
        </div>
    }
}

#[component]
pub(super) fn Messages() -> impl IntoView {
    view! {
        <Example name="Banners and flash">
            <div class="flex flex-col gap-3">
                <Banner title="Deliveries to the islands take two days longer this week."/>
                <Banner tone=Tone::Warn title="2 parcels are late" action_label="See them" action_href="#messages"/>
                <Banner tone=Tone::Bad title="We couldn't load orders.">"Try again. Reference req_01k3x9"</Banner>
                <Flash message="Refunded €64.00" link_label="View order" link_href="#messages"/>
            </div>
        </Example>
        <Example name="Toasts">
            <div class="flex flex-col items-start gap-2">
                <toast::ToastItem tone=Tone::Ok text="Saved jug".into() link=Some(("Undo".into(), "#messages".into()))/>
                <toast::ToastItem tone=Tone::Bad text="Couldn't save the tag. Undone.".into() link=None/>
            </div>
        </Example>
        <Example name="Badges">
            <div class="flex flex-wrap items-center gap-x-6 gap-y-2">
                <Badge stage=Stage::NotStarted label="Draft"/>
                <Badge stage=Stage::InProgress label="Packing"/>
                <Badge stage=Stage::Done label="Delivered"/>
                <Badge stage=Stage::NeedsAttention label="Address unclear"/>
                <Badge stage=Stage::Stopped label="Payment failed"/>
                <Badge stage=Stage::NotApplicable label="No delivery"/>
            </div>
        </Example>
        <Example name="Loading">
            <div class="grid md:grid-cols-2 gap-10 items-start">
                <div>
                    <Loader label="Loading orders"/>
                    <SkeletonRows rows=3 label="Loading orders"/>
                </div>
                <SkeletonCards cards=4 label="Loading items"/>
            </div>
        </Example>
        <Example name="Empty states">
            <div class="grid sm:grid-cols-2 lg:grid-cols-3 gap-6">
                <Empty title="No orders yet" text="They appear here as soon as somebody buys." action_label="Add product" action_href="#messages"/>
                <Empty kind=EmptyKind::NoMatch title="No items match “jgu”" text="Check the spelling or take a filter away." action_label="Clear filters" action_href="#messages"/>
                <Empty kind=EmptyKind::Done title="Everything is shipped" text="The next order will be announced here."/>
                <Empty kind=EmptyKind::NoAccess title="Your role can't see payouts" text="Ask an owner."/>
                <Empty kind=EmptyKind::Failed title="We couldn't load orders" text="Try again. Reference req_01k3x9" action_label="Try again" action_href="#messages"/>
            </div>
        </Example>
    }
}

/// What covers the page, by its address.
#[component]
pub(super) fn Cover(shown: String) -> impl IntoView {
    let close = "/dev/ui";
    match shown.as_str() {
        "dialog" => view! {
            <Dialog title="Refund €64.00 to Visa ending 4242?" close_href=close>
                <p>"The customer sees it in 3 to 5 days. This can't be undone."</p>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>"Keep payment"</LinkButton>
                    <Button kind=ButtonKind::Danger>"Refund €64.00"</Button>
                </DialogActions>
            </Dialog>
        }
        .into_any(),
        "typed" => view! {
            <Dialog title="Archive 112 products?" close_href=close wide=true>
                <form method="post" action=close>
                    <p class="mb-4">"16 of 128 stay: they are in open orders."</p>
                    <Field name="count" label="Type 112 to confirm" kind=FieldKind::Number/>
                    <DialogActions>
                        <LinkButton href=close kind=ButtonKind::Outline>"Keep products"</LinkButton>
                        <Button kind=ButtonKind::Danger>"Archive 112 products"</Button>
                    </DialogActions>
                </form>
            </Dialog>
        }
        .into_any(),
        "cart" => {
            let footer = view! {
                <Totals lines=vec![TotalLine::new("Items", "€86.40").note("Delivery comes next")]/>
                <div class="mt-4">
                    <LinkButton href=close kind=ButtonKind::Brand block=true>"Checkout"</LinkButton>
                </div>
            }
            .into_any();
            view! {
                <Drawer title="Your cart" kind=DrawerKind::Cart close_href=close footer=footer>
                    <super::shop::CartLines/>
                </Drawer>
            }
            .into_any()
        }
        "filters" => view! {
            <Drawer title="Filters" kind=DrawerKind::Sheet close_href=close>
                <super::shop::FacetPanel sheet=true/>
            </Drawer>
        }
        .into_any(),
        "record" => view! {
            <Drawer title="Order 1042" close_href=close>
                <super::staff::OrderFacts/>
            </Drawer>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

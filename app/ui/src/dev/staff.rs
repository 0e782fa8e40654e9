//! What staff pages add, in compact density.

use leptos::prelude::*;

use super::Example;
use crate::*;

fn orders() -> Vec<Row> {
    let row =
        |number: &str, stage: Stage, status: &str, customer: &str, placed: &str, items: &str, total: &str| {
            Row::new(
                "#staff",
                vec![
                    number.to_string().into_any(),
                    view! { <Badge stage=stage label=status/> }.into_any(),
                    customer.to_string().into_any(),
                    placed.to_string().into_any(),
                    items.to_string().into_any(),
                    total.to_string().into_any(),
                ],
            )
            .select(number, format!("order {number}"))
        };
    vec![
        row("1046", Stage::NotStarted, "To pack", "Ioanna Pappa", "14 May 2026, 14:02 CET", "2", "€91.30"),
        row(
            "1045",
            Stage::NeedsAttention,
            "Address unclear",
            "Jonas Weber",
            "14 May 2026, 11:47 CET",
            "1",
            "€1,238.00",
        ),
        row(
            "1044",
            Stage::InProgress,
            "Part shipped",
            "Camille Durand",
            "13 May 2026, 19:20 CET",
            "5",
            "€204.75",
        )
        .current(true),
        row(
            "1043",
            Stage::Done,
            "Delivered",
            "Maria Konstantinou-Papadopoulou",
            "12 May 2026, 08:14 CET",
            "3",
            "€64.00",
        ),
        row("1042", Stage::Stopped, "Payment failed", "Sam Okafor", "12 May 2026, 07:58 CET", "1", "€11.90"),
    ]
}

fn columns() -> Vec<Column> {
    vec![
        Column::title("Order"),
        Column::new("Status").role(ColumnRole::Status),
        Column::new("Customer").role(ColumnRole::Priority),
        Column::new("Placed").sort("#staff", Some(Sorted::Descending)),
        Column::new("Items").end(),
        Column::new("Total").end().role(ColumnRole::Priority).sort("#staff", None),
    ]
}

fn filters() -> Vec<Filter> {
    vec![
        Filter {
            name: "f.status".into(),
            label: "Status".into(),
            words: "is To pack, Part shipped".into(),
            remove_href: "#staff".into(),
            kind: FilterKind::Enum {
                options: vec![
                    ChoiceOption::new("to_pack", "To pack"),
                    ChoiceOption::new("part", "Part shipped"),
                    ChoiceOption::new("delivered", "Delivered"),
                ],
                chosen: vec!["to_pack".into(), "part".into()],
            },
        },
        Filter {
            name: "f.total".into(),
            label: "Total".into(),
            words: String::new(),
            remove_href: String::new(),
            kind: FilterKind::Range { from: String::new(), to: String::new(), unit: "EUR".into() },
        },
        Filter {
            name: "f.placed".into(),
            label: "Placed".into(),
            words: String::new(),
            remove_href: String::new(),
            kind: FilterKind::Dates { from: String::new(), to: String::new() },
        },
        Filter {
            name: "f.customer".into(),
            label: "Customer".into(),
            words: String::new(),
            remove_href: String::new(),
            kind: FilterKind::Text { value: String::new() },
        },
        Filter {
            name: "f.risk".into(),
            label: "Held for risk".into(),
            words: String::new(),
            remove_href: String::new(),
            kind: FilterKind::YesNo { value: String::new() },
        },
    ]
}

#[component]
pub(super) fn OrderFacts() -> impl IntoView {
    view! {
        <Facts facts=vec![
            ("Customer".into(), view! { <Link href="#staff">"Camille Durand"</Link> }.into_any()),
            ("Placed".into(), "13 May 2026, 19:20 CET".into_any()),
            ("Payment".into(), "Visa ending 4242".into_any()),
            (
                "Address".into(),
                view! {
                    <AddressText lines=["Camille Durand", "12 rue des Martyrs", "", "75009 Paris", "France"]
                        .map(String::from)
                        .to_vec()/>
                }
                    .into_any(),
            ),
        ]/>
    }
}

#[component]
pub(super) fn Staff() -> impl IntoView {
    let toolbar_end = view! {
        <ColumnsMenu
            action="/dev/ui"
            options=vec![ChoiceOption::new("placed", "Placed"), ChoiceOption::new("items", "Items")]
            shown=vec!["placed".into()]
        />
        <ExportLink href="#staff"/>
    }
    .into_any();
    view! {
        <div class="flex flex-col gap-10">
            <Example name="Index">
                <PageHeader title="Orders" count="12,408">
                    <LinkButton href="#staff" kind=ButtonKind::Outline>"Import"</LinkButton>
                    <LinkButton href="#staff">"Create order"</LinkButton>
                </PageHeader>
                <Tabs
                    label="Order views"
                    items=vec![
                        TabItem::new("All", "#staff", true),
                        TabItem::new("To pack", "#staff", false).count("38"),
                        TabItem::new("Late", "#staff", false).count("2"),
                        TabItem::new("Shipped", "#staff", false),
                        TabItem::new("Returned", "#staff", false),
                    ]
                />
                <TableToolbar end=toolbar_end>
                    <SearchBox
                        action="/dev/ui"
                        name="dev-staff-q"
                        label="Search orders"
                        placeholder="Search orders"
                        small=true
                        class="w-56 max-sm:w-full"
                    />
                    <FilterBar
                        action="/dev/ui"
                        filters=filters()
                        parameters=vec![("sort".into(), "-placed".into())]
                        clear_href="#staff"
                    />
                </TableToolbar>
                <BulkBar form="dev-bulk" action="/dev/ui" label="Selected orders">
                    <Button kind=ButtonKind::Outline small=true>"Print slips"</Button>
                    <Button kind=ButtonKind::Outline small=true>"Mark packed"</Button>
                </BulkBar>
                <DataTable
                    caption="Orders, sorted by Placed, newest first"
                    columns=columns()
                    rows=orders()
                    select_name="order"
                    select_form="dev-bulk"
                />
                <CursorPages summary="1–50 of 12,408" next_href="#staff" label="Pages of orders"/>
            </Example>
            <Example name="Record">
                <PageHeader
                    title="Order 1044"
                    back_label="Orders"
                    back_href="#staff"
                    badge=view! { <Badge stage=Stage::InProgress label="Part shipped"/> }.into_any()
                >
                    <Menu
                        id="dev-record-more"
                        label="More actions"
                        more=true
                        items=vec![MenuItem::link("Cancel order", "#staff").danger()]
                    />
                    <LinkButton href="/dev/ui?show=dialog">"Refund"</LinkButton>
                </PageHeader>
                <RecordLayout side=view! {
                    <Section title="Customer">
                        <OrderFacts/>
                    </Section>
                }
                    .into_any()>
                    <Section title="Items" end=view! { <Link href="#staff">"Split parcel"</Link> }.into_any()>
                        <DataTable
                            caption="Items of order 1044"
                            columns=vec![
                                Column::title("Item"),
                                Column::new("Status").role(ColumnRole::Status),
                                Column::new("Quantity").end().role(ColumnRole::Priority),
                                Column::new("Amount").end().role(ColumnRole::Priority),
                            ]
                            rows=vec![
                                Row::new(
                                    "#staff",
                                    vec![
                                        "Salt-glazed jug, sand".into_any(),
                                        view! { <Badge stage=Stage::Done label="Shipped"/> }.into_any(),
                                        "2".into_any(),
                                        "€109.00".into_any(),
                                    ],
                                ),
                                Row::new(
                                    "#staff",
                                    vec![
                                        "Serving bowl".into_any(),
                                        view! { <Badge stage=Stage::NotStarted label="To pack"/> }.into_any(),
                                        "3".into_any(),
                                        "€95.75".into_any(),
                                    ],
                                ),
                            ]
                            totals=vec!["Total".into_any(), ().into_any(), ().into_any(), "€204.75".into_any()]
                        />
                    </Section>
                    <Section title="Changes">
                        <Diff
                            caption="Changes to the delivery address"
                            rows=vec![
                                DiffRow { field: "Street".into(), before: "12 rue des Martyr".into(), after: "12 rue des Martyrs".into() },
                                DiffRow { field: "Floor".into(), before: String::new(), after: "3".into() },
                            ]
                        />
                    </Section>
                    <Section title="Timeline">
                        <Timeline
                            label="History of order 1044"
                            events=vec![
                                TimelineEvent {
                                    title: "Shipped 2 items".into(),
                                    detail: "Argo, AR 1290 4471 GR".into(),
                                    actor: "Eleni Vasi".into(),
                                    time: "14 May 2026, 09:31 CET".into(),
                                    datetime: "2026-05-14T07:31:00Z".into(),
                                    stage: Stage::Done,
                                    ..TimelineEvent::default()
                                },
                                TimelineEvent {
                                    title: "Payment of €204.75 captured".into(),
                                    actor: "the payment provider".into(),
                                    time: "13 May 2026, 19:20 CET".into(),
                                    datetime: "2026-05-13T17:20:00Z".into(),
                                    stage: Stage::Done,
                                    ..TimelineEvent::default()
                                },
                            ]
                        />
                    </Section>
                </RecordLayout>
            </Example>
            <Example name="Numbers">
                <StatStrip stats=vec![
                    Stat::new("To ship today", "38").change("2 are late").href("#staff"),
                    Stat::new("Sales, 7 days", "€4,812.40").change("Up 6.2% on last week"),
                    Stat::new("Messages", "3").change("Oldest waits 2 h").href("#staff"),
                    Stat::new("Next payout", "€1,970.15").change("Fri 16 May"),
                ]/>
            </Example>
            <Example name="Form">
                <form>
                    <FormSection title="Basics" note="What shoppers see first">
                        <Field name="dev-title" label="Title" value="Salt-glazed jug"/>
                        <TextArea name="dev-story" label="Description" value="Thrown on the wheel, fired with olive wood."/>
                    </FormSection>
                    <FormSection title="Price">
                        <MoneyField name="dev-staff-price" label="Price" currency="€" value="64.00" class="max-w-48"/>
                        <RadioGroup
                            name="dev-tax"
                            legend="Tax"
                            options=vec![ChoiceOption::new("std", "Standard rate"), ChoiceOption::new("red", "Reduced rate")]
                            value="std"
                        />
                        <Checkbox name="dev-active" label="On sale" checked=true/>
                        <Quantity name="dev-stock" label="In stock" label_shown=true value=12 min=0 small=true/>
                    </FormSection>
                    <SaveBar discard_href="#staff" label="Save product"/>
                </form>
            </Example>
            <Example name="Reference">
                <div class="grid lg:grid-cols-[14rem_1fr_1fr] gap-8 items-start">
                    <SideNav
                        label="Reference"
                        groups=vec![
                            NavGroup::new(
                                "Orders",
                                vec![
                                    NavItem::new("List orders", "#staff").current(true),
                                    NavItem::new("Read an order", "#staff"),
                                    NavItem::new("Cancel an order", "#staff").count("3"),
                                ],
                            ),
                            NavGroup::new("Payments", vec![NavItem::new("Create an intent", "#staff").icon(icons::CARD)]),
                        ]
                    />
                    <Prose>
                        <h2>"List orders"</h2>
                        <p>"Newest first, in pages of up to 100. Send " <Code>"after"</Code> " to go on."</p>
                        <ul>
                            <li>"Needs the scope " <Code>"orders.read"</Code></li>
                            <li>"Answers 200 or a problem document"</li>
                        </ul>
                    </Prose>
                    <CodeBlock
                        label="Request"
                        language="http"
                        code="GET /v1/orders?limit=20 HTTP/1.1\nHost: localhost:3000\nAuthorization: Bearer stoa_test_4f1c9a7be02d8835"
                    />
                </div>
            </Example>
        </div>
    }
}
